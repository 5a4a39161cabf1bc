// SPDX-License-Identifier: MIT
#include "hcl/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace schemagate::hcl {
namespace {

class FileParser {
 public:
  FileParser(std::string_view text, std::uint32_t file) : c_(text, file) {}

  File run() {
    if (refuse()) return std::move(file_);
    Names names;
    while (!at_end() && file_.problems.size() < max_problems) {
      const std::size_t begin = c_.at;
      try {
        item(file_.attributes, file_.blocks, names);
      } catch (const SyntaxError& error) {
        file_.problems.push_back({error.where, error.message});
        recover(begin, error.where.begin);
      }
    }
    file_.comments = std::move(c_.comments);
    return std::move(file_);
  }

 private:
  using Names = std::set<std::string>;  ///< of the attributes of one body

  bool refuse() {
    const std::string_view text = c_.text();
    const auto say = [&](std::size_t at, std::string message) {
      file_.problems.push_back({c_.span(at, std::min(at + 1, text.size())), std::move(message)});
      return true;
    };
    if (text.size() > max_file_bytes)
      return say(0, "file is larger than " + human_size(static_cast<long long>(max_file_bytes)));
    const std::size_t zero = text.find('\0');
    if (zero != std::string_view::npos) return say(zero, "a file with zero bytes is not HCL");
    const std::size_t invalid = first_invalid_utf8(text, 0);
    if (invalid < text.size()) return say(invalid, "this byte is not UTF-8");
    return false;
  }

  bool at_end() {
    c_.skip_newlines();
    return c_.peek().kind == TokenKind::end;
  }

  /// Goes on at the next line, at or behind the error, that begins like a block of the file.
  void recover(std::size_t begin, std::size_t error) {
    const std::string_view text = c_.text();
    std::size_t at = std::max(begin, error);
    do {
      at = std::min(text.find('\n', at), text.size());
      if (at < text.size()) ++at;
    } while (at < text.size() && !is_name_start(text[at]));
    c_.at = c_.last_end = at;
  }

  /// One attribute or block.
  void item(std::vector<Attribute>& attributes, std::vector<Block>& blocks, Names& names) {
    const Token first = c_.peek();
    if (first.kind != TokenKind::name) c_.unexpected("a block or an attribute");
    std::string name = c_.name();
    if (c_.accept("=")) {
      attribute(first.begin, std::move(name), attributes, names);
    } else {
      block(first.begin, std::move(name), blocks);
    }
    const Token after = c_.peek();
    if (after.kind != TokenKind::newline && after.kind != TokenKind::end && !c_.next_is("}"))
      c_.unexpected("the end of the line");
  }

  void attribute(std::size_t begin, std::string name, std::vector<Attribute>& attributes,
                 Names& names) {
    Attribute made;
    made.name = std::move(name);
    made.value = parse_expression(c_);
    made.span = c_.span_since(begin);
    if (!names.insert(made.name).second)
      c_.fail({TokenKind::name, begin, begin + made.name.size()},
              fmt::format("attribute \"{}\" is set twice", made.name));
    attributes.push_back(std::move(made));
  }

  std::string label() {
    const Token token = c_.peek();
    if (token.kind == TokenKind::name) return c_.name();
    if (token.kind != TokenKind::quote) c_.unexpected("\"=\", a label or \"{\"");
    const Expression parsed = parse_template(c_);
    std::string text;
    for (const Expression& part : parsed.parts) {
      if (part.kind != ExpressionKind::literal) c_.fail(token, "a label is a plain string");
      text += part.text;
    }
    return text;
  }

  void block(std::size_t begin, std::string type, std::vector<Block>& blocks) {
    const Cursor::Level level(c_);
    Block made;
    made.type = std::move(type);
    while (!c_.next_is("{")) made.labels.push_back(label());
    made.header = c_.span_since(begin);
    c_.take();
    Names names;
    if (++c_.nodes > max_nodes) c_.fail(c_.peek(), "the file has too many blocks");
    for (c_.skip_newlines(); !c_.accept("}"); c_.skip_newlines()) {
      if (c_.peek().kind == TokenKind::end)
        c_.fail({TokenKind::name, begin, made.header.end}, "this block has no end");
      item(made.attributes, made.blocks, names);
    }
    made.span = c_.span_since(begin);
    blocks.push_back(std::move(made));
  }

  Cursor c_;
  File file_;
};

}  // namespace

const Attribute* Block::attribute(std::string_view wanted) const {
  for (const Attribute& each : attributes)
    if (each.name == wanted) return &each;
  return nullptr;
}

const std::string& Block::name() const {
  static const std::string none;
  return labels.empty() ? none : labels.back();
}

File parse(std::string_view text, std::uint32_t file) { return FileParser(text, file).run(); }

}  // namespace schemagate::hcl
