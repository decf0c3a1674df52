#pragma once

#include <cstdio>
#include <string_view>

/// The one way of a command to the terminal.
namespace lianqiao::cli {

/// Puts a filter before stdout and stderr of this process, through which everything goes that is
/// written to them by printf, fputs and the like: what drives a terminal is shown by its number, as
/// base/visible.h says; line ends stay. To be called once, before anything is written and before
/// any thread is started. Files and pipes get the same, so that what is seen is what is stored.
void guardTerminal();

/// Writes `codes` past the filter to stdout or stderr: our own control codes, never anybody's text.
void driveTerminal(std::FILE* stream, std::string_view codes);

}  // namespace lianqiao::cli
