// SPDX-License-Identifier: MIT
// The files in which a job of GitHub Actions tells its workflow and its readers what came of it.
// Outside of a job nothing is written.
#pragma once

#include <string>

#include "bot/action_inputs.h"

namespace schemagate {

/// A word that no text has in it.
std::string random_word();

/// An output of the step, whatever is in the value. Throws Error{usage} when it can't be written: a
/// later step would go on without the verdict.
void write_output(const Environment& environment, const std::string& name,
                  const std::string& value);

/// So many bytes of a page the step's summary still takes.
std::size_t summary_room(const Environment& environment);

/// Appends Markdown to the step's summary, if the inputs ask for one. What has no room in it is
/// left out as a whole, and that is said there; what can't be written is said in the log.
void append_summary(const Environment& environment, const ActionInputs& inputs,
                    const std::string& markdown);
/// The same as a block of text of at most `limit` bytes, as many whole lines as fit, and a word
/// about those that don't.
void append_summary_block(const Environment& environment, const ActionInputs& inputs,
                          const std::string& text, std::size_t limit);

}  // namespace schemagate
