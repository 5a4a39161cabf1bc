// SPDX-License-Identifier: MIT
#include "bot/output.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/error.h"
#include "report/runner_text.h"
#include "report/utf8.h"

namespace schemagate {

std::string render(const Report& report, const std::string& format, const CommonOptions& common,
                   bool with_statements) {
  if (format == "json") return to_json(report, with_statements);
  if (format == "markdown") return to_markdown(report);
  if (format == "sarif") return to_sarif(report);
  if (format == "github") return to_workflow_commands(report);
  TerminalOptions options;
  options.color = use_color(common);
  options.quiet = common.quiet;
  return to_terminal(report, options);
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return 0;
    case Verdict::fail:
      return 1;
    case Verdict::error:
      break;
  }
  return 2;
}

int deliver(const Report& report, const CommonOptions& common, bool with_statements) {
  print(render(report, common.format, common, with_statements));
  CommonOptions plain = common;
  plain.color = "never";
  for (const OutputFile& file : common.outputs)
    write_whole_file(file.path, render(report, file.format, plain, with_statements));
  return exit_code(report.verdict);
}

void deliver_text(const CommonOptions& common, const std::string& piped,
                  const std::function<std::string(const std::string&, bool)>& render) {
  const std::string usual = isatty(STDOUT_FILENO) == 1 ? "terminal" : piped;
  print(render(common.format.empty() ? usual : common.format, use_color(common)));
  for (const OutputFile& file : common.outputs)
    write_whole_file(file.path, render(file.format, false));
}

void say_notes(const std::vector<std::string>& notes, const CommonOptions& common) {
  if (common.quiet) return;
  for (const std::string& note : notes) complain(fmt::format("note: {}\n", visible_line(note)));
}

void print(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (is_written && std::fflush(stdout) == 0) return;
  const std::string why = std::strerror(errno);
  std::clearerr(stdout);
  throw Error(ErrorKind::usage, "can't write to the standard output: " + why, "is the disk full?");
}

void print_text(const std::string& text) { print(without_workflow_commands(visible(text))); }

void complain(const std::string& text) {
  const std::string shown = without_workflow_commands(visible(text));
  std::fwrite(shown.data(), 1, shown.size(), stderr);  // nobody is left who could be told
}

bool use_color(const CommonOptions& common) {
  if (common.color != "auto") return common.color == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && !(no_color && *no_color);
}

std::string read_whole_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  std::string text;
  struct stat status {};
  if (file && fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode)) errno = EISDIR;
  if (!file || S_ISDIR(status.st_mode))
    throw Error(ErrorKind::source, fmt::format("can't read {}: {}", path, std::strerror(errno)),
                errno == EISDIR ? "name the files in it" : "does the file exist?");
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  // A pipe has no size; a file may grow while it is read. One byte of room too many shows the end.
  std::size_t size = 0, count = 0, room = static_cast<std::size_t>(status.st_size) + 1;
  while (true) {
    text.resize(size + room);
    count = std::fread(text.data() + size, 1, room, file.get());
    size += count;
    if (count < room) break;
    room = 65536;
  }
  text.resize(size);
  return text;
}

std::string read_standard_input() {
  std::string text;
  char buffer[65536];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, stdin))
    text.append(buffer, count);
  return text;
}

void write_whole_file(const std::string& path, const std::string& text) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.flush();
  if (!out)
    throw Error(ErrorKind::usage, fmt::format("can't write {}: {}", path, std::strerror(errno)));
}

}  // namespace schemagate
