#include "base/process_mark.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "lianqiao/ascii.h"

namespace lianqiao::base {
namespace {

std::string hostName() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "unknown";
  std::string host = name;
  std::replace(host.begin(), host.end(), ' ', '_');
  return host;
}

/// When that process began, in ticks since the machine's start; empty when there is none.
std::string ticksOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  // The second field is the program's name in brackets and may hold anything, brackets too.
  std::string line;
  std::getline(file, line);
  const std::size_t name = line.rfind(')');
  if (name == std::string::npos) return {};
  std::size_t at = name + 2;
  for (int field = 3; field < 22 && at < line.size(); ++field) at = line.find(' ', at) + 1;
  return line.substr(at, line.find(' ', at) - at);
}

std::string bootOf() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id.empty() ? "unknown" : id.substr(0, 13);
}

/// Process numbers mean the same only within one namespace (containers have their own).
std::string pidSpace() {
  char link[64] = {};
  const ssize_t size = ::readlink("/proc/self/ns/pid", link, sizeof link - 1);
  std::string digits;
  for (ssize_t i = 0; i < size; ++i)
    if (isDigit(link[i])) digits.push_back(link[i]);
  return digits.empty() ? "0" : digits;
}

std::string_view cutWord(std::string_view& text, char at) {
  const std::string_view word = text.substr(0, text.find(at));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

}  // namespace

ProcessMark ProcessMark::own() {
  ProcessMark mark;
  mark.host_ = hostName();
  mark.boot_ = bootOf();
  mark.space_ = pidSpace();
  mark.process_ = std::to_string(::getpid()) + "." + ticksOf("self");
  return mark;
}

ProcessMark::ProcessMark(std::string_view text) {
  host_ = cutWord(text, ' ');
  boot_ = cutWord(text, '/');
  space_ = cutWord(text, ' ');
  process_ = text;
}

std::string ProcessMark::text() const {
  return host_ + " " + boot_ + "/" + space_ + " " + process_;
}

bool ProcessMark::isGone(bool local) const {
  const ProcessMark here = own();
  if (boot_ != here.boot_) return local;
  if (space_ != here.space_) return false;
  const std::size_t dot = process_.find('.');
  return ticksOf(process_.substr(0, dot)) != process_.substr(dot + 1);
}

}  // namespace lianqiao::base
