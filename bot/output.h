// SPDX-License-Identifier: MIT
// Where reports go: standard output in one format, files in others.
#pragma once

#include <string>

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

/// Writes all of `text` to standard output.
void print(const std::string& text);

/// True when standard output is a terminal and colour is not switched off.
bool use_color(const CommonOptions& common);

/// The whole file. Throws Error{source} when it can't be read.
std::string read_whole_file(const std::string& path);
std::string read_standard_input();
/// Throws Error{usage} when it can't be written.
void write_whole_file(const std::string& path, const std::string& text);

}  // namespace schemagate
