#pragma once

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

extern char** environ;

namespace lianqiao::queue {

/// A node in a process of its own (node_main.cpp), to be killed and frozen.
class NodeProcess {
 public:
  NodeProcess(const std::string& url, const std::string& node, const std::filesystem::path& data) {
    int in[2];
    int out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    for (const int fd : {in[0], in[1], out[0], out[1]})
      posix_spawn_file_actions_addclose(&actions, fd);
    std::vector<std::string> texts = {QUEUE_TEST_NODE, url, node, data.string()};
    std::vector<char*> words;
    for (std::string& text : texts) words.push_back(text.data());
    words.push_back(nullptr);
    if (::posix_spawn(&pid_, QUEUE_TEST_NODE, &actions, nullptr, words.data(), environ) != 0)
      pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
    greeting = readLine();
  }
  ~NodeProcess() {
    kill();
    ::close(in_);
    ::close(out_);
  }
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;

  std::string ask(std::string line) {
    line.push_back('\n');
    if (::write(in_, line.data(), line.size()) < 0) return "gone";
    return readLine();
  }
  void freeze() const { ::kill(pid_, SIGSTOP); }
  void thaw() const { ::kill(pid_, SIGCONT); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  std::string greeting;  ///< "ready", or why it did not start.

 private:
  std::string readLine() const {
    std::string line;
    char c = 0;
    pollfd entry{out_, POLLIN, 0};
    while (::poll(&entry, 1, 30000) == 1 && ::read(out_, &c, 1) == 1) {
      if (c == '\n') return line;
      line.push_back(c);
    }
    return "gone";
  }

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
};

}  // namespace lianqiao::queue
