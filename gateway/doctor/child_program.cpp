#include "doctor/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "lianqiao/codes.h"

extern char** environ;

namespace lianqiao::doctor {
namespace {

constexpr std::size_t kMostWords = 64u << 10;

/// 0 or the errno. Both outputs go to `output`.
int spawn(std::vector<std::string>& words, int output, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error =
      ::posix_spawnp(&pid, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// False when the time is up before the program has closed its output.
bool readAll(int from, std::chrono::steady_clock::time_point until, std::string& words) {
  char room[4096];
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - base::SystemClock().steady()).count();
    pollfd entry{from, POLLIN, 0};
    if (left <= 0 || ::poll(&entry, 1, static_cast<int>(left)) == 0) return false;
    const ssize_t got = ::read(from, room, sizeof room);
    if (got == 0) return true;
    if (got < 0) continue;
    words.append(room, static_cast<std::size_t>(got));
    if (words.size() > kMostWords) words.erase(0, words.size() - kMostWords);
  }
}

}  // namespace

Result<ProgramEnd> runProgram(std::vector<std::string> words, std::chrono::milliseconds patience) {
  const auto until = base::SystemClock().steady() + patience;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{codes::kNotFound, std::strerror(errno)};
  pid_t pid = 0;
  const int error = spawn(words, ends[1], pid);
  ::close(ends[1]);
  ProgramEnd end;
  const bool ended = error == 0 && readAll(ends[0], until, end.words);
  ::close(ends[0]);
  if (error != 0)
    return Error{codes::kNotFound, words.front() + " cannot be started: " + std::strerror(error)};
  if (!ended) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return Error{codes::kDeliverTimeout, words.front() + " did not end in time"};
  end.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace lianqiao::doctor
