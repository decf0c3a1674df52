#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "lianqiao/text.h"

using namespace lianqiao;

namespace {

void printCommand(std::FILE* to, const cli::Command& command) {
  std::fprintf(to, "  lianqiao %.*s %.*s\n      %.*s\n", static_cast<int>(command.name.size()),
               command.name.data(), static_cast<int>(command.usage.size()), command.usage.data(),
               static_cast<int>(command.summary.size()), command.summary.data());
}

void printHelp(std::FILE* to) {
  std::fprintf(to, "lianqiao %s - integration gateway between government platforms\n\n",
               LIANQIAO_VERSION);
  for (const cli::Command& command : cli::commands()) printCommand(to, command);
}

bool asksForHelp(std::string_view word) {
  return word == "--help" || word == "-h" || word == "help";
}

}  // namespace

int main(int count, char** texts) {
  cli::guardTerminal();
  // Large bodies go back to the system when they end. Left to itself, malloc keeps all after the
  // first one and finds no place for the next.
  mallopt(M_MMAP_THRESHOLD, 512 << 10);
  // What a batch of records takes and gives back stays: else its pages are cleared for each batch.
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
  // A peer that closes early must be an error of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // A file_drop lease that another program breaks raises it.
  std::signal(SIGIO, SIG_IGN);
  std::string_view name = count > 1 ? texts[1] : "";
  const bool helpOfOne = count > 2 && (asksForHelp(name) || asksForHelp(texts[2]));
  if (helpOfOne && asksForHelp(name)) name = texts[2];
  if (asksForHelp(name)) {
    printHelp(stdout);
    return cli::kOk;
  }
  if (name == "--version") {
    std::printf("lianqiao %s\n", LIANQIAO_VERSION);
    return cli::kOk;
  }
  std::vector<std::string_view> names;
  for (const cli::Command& command : cli::commands()) {
    if (command.name == name && helpOfOne) {
      printCommand(stdout, command);
      return cli::kOk;
    }
    if (command.name == name) return command.run(count - 2, texts + 2);
    names.push_back(command.name);
  }
  if (name.empty()) {
    printHelp(stderr);
    return cli::kUsage;
  }
  const std::string_view near = closest(name, names);
  std::fprintf(stderr, "There is no command \"%.*s\".", static_cast<int>(name.size()), name.data());
  if (!near.empty())
    std::fprintf(stderr, " Did you mean \"%.*s\"?", static_cast<int>(near.size()), near.data());
  std::fprintf(stderr, " lianqiao --help lists them.\n");
  return cli::kUsage;
}
