// SPDX-License-Identifier: MIT
// Where reports go: standard output in one format, files in others.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "bot/options.h"
#include "report/report.h"

namespace schemagate {

/// Renders `report` as `format`: terminal, markdown, json, sarif or github.
std::string render(const Report& report, const std::string& format, const CommonOptions& common,
                   bool with_statements);

/// 0 pass, 1 the gate says no, 2 could not judge.
int exit_code(Verdict verdict);

/// Prints the report as the options say, writes the `--output` files, and returns the exit code.
int deliver(const Report& report, const CommonOptions& common, bool with_statements);

/// For commands that print something else than a Report: prints render(format, color), where the
/// empty format is "terminal" for a person at one and `piped` for a script, and writes the
/// `--output` files.
void deliver_text(const CommonOptions& common, const std::string& piped,
                  const std::function<std::string(const std::string& format, bool color)>& render);

/// Notes go to standard error, unless --quiet.
void say_notes(const std::vector<std::string>& notes, const CommonOptions& common);

/// Writes all of `text` to standard output.
void print(const std::string& text);

/// Text for people, on standard output or on standard error: nothing in it is an order to a
/// terminal or to a GitHub runner.
void print_text(const std::string& text);
void complain(const std::string& text);

/// Does what is left to do in a job that has failed already: what goes wrong with it goes to
/// standard error and hides nothing.
template <class Work>
void attempt(const char* what_if_not, const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    complain(std::string("schemagate: ") + what_if_not + ": " + error.what() + "\n");
  }
}

/// True when standard output is a terminal and colour is not switched off.
bool use_color(const CommonOptions& common);

/// The whole file. Throws Error{source} when it can't be read.
std::string read_whole_file(const std::string& path);
std::string read_standard_input();
/// Throws Error{usage} when it can't be written.
void write_whole_file(const std::string& path, const std::string& text);

}  // namespace schemagate
