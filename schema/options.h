// SPDX-License-Identifier: MIT
// Options in WITH (…) and OPTIONS (…): the server keeps and shows them in the order in which they
// came, which means nothing.
#pragma once

#include "schema/statement.h"

namespace schemagate {

/// The options sorted by name: what compares and what checksums are made of.
Options by_name(Options options);
/// True for the same options in any order.
bool same_options(const Options& a, const Options& b);

/// What SET (…) makes of `options`: what it names is taken out and put at the end.
Options set_options(Options options, const Options& written);
/// What ALTER … OPTIONS (SET a '1', ADD b '2', DROP c) makes of `options`, each in its place;
/// "-c" is dropped.
Options altered_foreign_options(Options options, const Options& written);
/// What RESET (…) leaves of `options`.
Options without_options(Options options, const Options& written);

}  // namespace schemagate
