// SPDX-License-Identifier: MIT
// Text that a GitHub runner may read. It obeys lines of standard output and standard error that
// begin with ::, after any white space, and ##[ anywhere in a line (actions/runner, ActionCommand).
// Text of a pull request must not be able to give such an order, in whatever format it is printed.
#pragma once

#include <string>
#include <string_view>

namespace schemagate {

/// Some line of it is an order to a runner.
bool has_workflow_command(std::string_view text);

/// Orders are broken, visibly: for text that people read.
std::string without_workflow_commands(std::string text);

/// The same for one line or many inside HTML, where it looks as it was.
std::string html_without_workflow_commands(std::string html);

/// SQL stays what it is, byte by byte, also within its literals: where it holds an order, comments
/// around it tell the runner to stop listening and to begin again. The word that begins again is
/// made of the text, so that the same text is printed the same, and no text can hold its own.
std::string sql_without_workflow_commands(std::string sql);

}  // namespace schemagate
