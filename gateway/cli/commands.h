#pragma once

#include <span>
#include <string_view>

namespace lianqiao::cli {

/// Exit codes of every command.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
/// Wrong words, a configuration that does not pass, or no gateway runs.
inline constexpr int kUsage = 2;
inline constexpr int kSomeNot = 3;

/// One command of the program; `count` and `texts` are what stands behind its name.
struct Command {
  std::string_view name;
  std::string_view usage;    ///< Words and options.
  std::string_view summary;  ///< One sentence.
  int (*run)(int count, const char* const* texts);
};

int runGateway(int count, const char* const* texts);
int runCheck(int count, const char* const* texts);
int runDoctor(int count, const char* const* texts);
int runDescribe(int count, const char* const* texts);
int runMap(int count, const char* const* texts);
int runMock(int count, const char* const* texts);
int runReload(int count, const char* const* texts);
int runResume(int count, const char* const* texts);
int runRelease(int count, const char* const* texts);
int runFind(int count, const char* const* texts);
int runShow(int count, const char* const* texts);
int runReport(int count, const char* const* texts);
int runHistory(int count, const char* const* texts);
int runTrail(int count, const char* const* texts);
int runResend(int count, const char* const* texts);
int runReplay(int count, const char* const* texts);
int runReconcile(int count, const char* const* texts);
int runClose(int count, const char* const* texts);
int runExceptions(int count, const char* const* texts);
int runStatus(int count, const char* const* texts);

/// In the order of the help.
std::span<const Command> commands();

}  // namespace lianqiao::cli
