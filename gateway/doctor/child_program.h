#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "lianqiao/result.h"

namespace lianqiao::doctor {

/// A program that was run to its end.
struct ProgramEnd {
  int exit = 0;       ///< Its exit code; 128 and the signal when one ended it.
  std::string words;  ///< The last 64 KiB of what it wrote to either output.
};

/// Runs a program (looked up in PATH) and waits for its end; kills it after `patience`. Fails with
/// intake.not_found when it cannot be started, with deliver.timeout when it was killed.
Result<ProgramEnd> runProgram(std::vector<std::string> words, std::chrono::milliseconds patience);

}  // namespace lianqiao::doctor
