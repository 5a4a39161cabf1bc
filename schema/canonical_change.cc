// SPDX-License-Identifier: MIT
// INSERT, UPDATE and DELETE in rules and in bodies of the standard's kind. The server names the
// columns that an INSERT fills and the table of every column, and gives constants their types.
#include <algorithm>

#include "base/text.h"
#include "schema/canonical.h"
#include "schema/canonical_rewrite.h"
#include "schema/canonical_tree.h"

namespace schemagate::canonical {
namespace {

using Range = std::pair<std::size_t, std::size_t>;

class ChangeReader {
 public:
  ChangeReader(const std::vector<Token>& tokens, const Catalog& catalog, const Frame& outer,
               bool names_columns)
      : tokens_(tokens), catalog_(catalog), outer_(outer), names_columns_(names_columns) {
    frame_.outer = &outer_;
    while (end_ < tokens_.size() && tokens_[end_].kind != TokenKind::end) ++end_;
  }

  std::optional<Node> run() {
    if (accept("insert") && accept("into")) return target() ? insert() : std::nullopt;
    if (accept("update")) return target() && accept("set") ? update() : std::nullopt;
    if (accept("delete") && accept("from")) return target() ? remove() : std::nullopt;
    return std::nullopt;
  }

 private:
  bool is(std::string_view text, std::size_t at) const {
    return at < end_ && tokens_[at].text == text &&
           (tokens_[at].kind == TokenKind::word || tokens_[at].kind == TokenKind::symbol);
  }
  bool accept(std::string_view text) {
    if (!is(text, at_)) return false;
    ++at_;
    return true;
  }

  /// Where one of the words stands outside of all parentheses, or the end.
  std::size_t find(std::initializer_list<std::string_view> words, std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < end_; ++i) {
      if (is("(", i)) ++depth;
      if (is(")", i)) --depth;
      if (depth == 0 && i > from &&
          std::any_of(words.begin(), words.end(), [&](const auto& word) { return is(word, i); }))
        return i;
    }
    return end_;
  }
  std::vector<Range> parts(std::size_t begin, std::size_t end) const {
    std::vector<Range> list;
    while (begin < end) {
      const std::size_t comma = std::min(end, find({","}, begin));
      list.emplace_back(begin, comma);
      begin = comma + 1;
    }
    return list;
  }
  std::string text(std::size_t begin, std::size_t end) const { return joined(tokens_, begin, end); }

  /// Its columns are in scope under its name or alias.
  bool target() {
    QualifiedName name{"public", tokens_[at_++].text};
    if (accept(".")) name = {name.name, tokens_[at_++].text};
    Source source;
    if (const auto table = catalog_.tables.find(name); table != catalog_.tables.end()) {
      source = frame_of(&table->second, &catalog_).sources.front();
    } else if (const auto view = catalog_.views.find(name); view != catalog_.views.end()) {
      for (const OutputColumn& column : output_columns(view->second, catalog_))
        source.columns.emplace_back(column.name, column.type);
    } else {
      return false;
    }
    source.alias = name.name;
    if (accept("as")) source.alias = tokens_[at_++].text;
    source.mark = "#target";
    source.known = true;
    name_ = to_sql(name);
    frame_.sources.push_back(std::move(source));
    return true;
  }
  const Columns& columns() const { return frame_.sources.front().columns; }
  std::string type_of(const std::string& column) const {
    for (const auto& [name, type] : columns()) {
      if (name == column) return type;
    }
    return {};
  }

  Node value(const Range& range, const Frame& frame, const std::string& column) const {
    return Normaliser(&catalog_).stored(parse_expression(text(range.first, range.second)), frame,
                                        type_of(column));
  }

  std::optional<Node> insert() {
    Node node = make(NodeKind::clause, "insert " + name_);
    std::vector<std::string> names;
    if (is("(", at_)) {
      const std::size_t close = closing(at_);
      for (const Range& part : parts(at_ + 1, close)) names.push_back(tokens_[part.first].text);
      at_ = close + 1;
    }
    const std::size_t rest = find({"on", "returning"}, at_);
    if (accept("values")) {
      for (const Range& row : parts(at_, rest)) node.children.push_back(values(row, names));
    } else {
      Node query = parse_query(text(at_, rest));
      if (query.kind == NodeKind::tokens) return std::nullopt;
      Normaliser normaliser(&catalog_);
      query = normaliser.query(std::move(query), &outer_);
      fill(names, normaliser.columns_of(query).size());
      node.children.push_back(std::move(query));
    }
    node.names = std::move(names);
    const std::size_t returning = is("returning", rest) ? rest : find({"returning"}, rest);
    if (rest < returning) node.children.push_back(make(NodeKind::tokens, text(rest, returning)));
    return with_returning(std::move(node), returning);
  }

  std::size_t closing(std::size_t open) const {
    int depth = 0;
    for (std::size_t i = open; i < end_; ++i) {
      if (is("(", i)) ++depth;
      if (is(")", i) && --depth == 0) return i;
    }
    return end_;
  }
  void fill(std::vector<std::string>& names, std::size_t count) const {
    if (!names_columns_) return;
    for (std::size_t i = names.size(); names.size() < count && i < columns().size(); ++i)
      names.push_back(columns()[i].first);
  }
  Node values(const Range& row, std::vector<std::string>& names) const {
    Node node = make(NodeKind::row);
    const std::vector<Range> list = parts(row.first + 1, closing(row.first));
    fill(names, list.size());
    for (std::size_t i = 0; i < list.size(); ++i)
      node.children.push_back(value(list[i], outer_, i < names.size() ? names[i] : ""));
    return node;
  }

  std::optional<Node> update() {
    const std::size_t from = find({"from"}, at_), where = find({"where", "returning"}, at_);
    if (from < where) return std::nullopt;
    Node node = make(NodeKind::clause, "update " + name_);
    for (const Range& part : parts(at_, where)) {
      if (!is("=", part.first + 1)) return std::nullopt;
      const std::string& column = tokens_[part.first].text;
      node.children.push_back(make(NodeKind::clause, "set " + column,
                                   {value({part.first + 2, part.second}, frame_, column)}));
    }
    return with_condition(std::move(node), where);
  }

  std::optional<Node> remove() {
    if (is("using", at_)) return std::nullopt;
    return with_condition(make(NodeKind::clause, "delete " + name_), at_);
  }

  Node with_condition(Node node, std::size_t at) const {
    const std::size_t returning = is("returning", at) ? at : find({"returning"}, at);
    if (is("where", at)) {
      Node condition = parse_expression(text(at + 1, returning));
      node.children.push_back(Normaliser(&catalog_).expression(std::move(condition), frame_));
    }
    return with_returning(std::move(node), returning);
  }
  Node with_returning(Node node, std::size_t at) const {
    if (at >= end_) return node;
    Node query = parse_query("SELECT " + text(at + 1, end_));
    node.children.push_back(Normaliser(&catalog_).query(std::move(query), &frame_));
    return node;
  }

  const std::vector<Token>& tokens_;
  const Catalog& catalog_;
  const Frame& outer_;
  bool names_columns_;
  Frame frame_;
  std::string name_;
  std::size_t at_ = 0, end_ = 0;
};

}  // namespace

std::optional<Node> parse_change(const std::vector<Token>& tokens, const Catalog& catalog,
                                 const Frame& outer, bool names_columns) {
  return ChangeReader(tokens, catalog, outer, names_columns).run();
}

}  // namespace schemagate::canonical
