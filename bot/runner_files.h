// SPDX-License-Identifier: MIT
// The files in which a job of GitHub Actions tells its workflow and its readers what came of it.
// Outside of a job nothing is written.
#pragma once

#include <string>

#include "bot/action_inputs.h"

namespace schemagate {

/// GitHub takes a mebibyte per step. https://docs.github.com/actions/reference/limits
inline constexpr std::size_t summary_limit = 1'000'000;

/// A word that no text has in it.
std::string random_word();

/// An output of the step, whatever is in the value.
void write_output(const Environment& environment, const std::string& name,
                  const std::string& value);

/// Appends Markdown to the step's summary, if the inputs ask for one.
void append_summary(const Environment& environment, const ActionInputs& inputs,
                    const std::string& markdown);
/// The same as a block of text, as many whole lines as fit, and a word about those that don't.
void append_summary_block(const Environment& environment, const ActionInputs& inputs,
                          const std::string& text);

}  // namespace schemagate
