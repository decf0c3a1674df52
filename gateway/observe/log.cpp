#include "observe/log.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "base/rfc3339.h"
#include "base/visible.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"
#include "record/redact.h"

namespace lianqiao::observe {
namespace {

/// A line may not grow without bound because a peer sends a long text.
constexpr std::size_t kMostOfValue = 4096;
constexpr std::size_t kLineMemoryKept = 64U << 10;

/// Valid UTF-8 of bounded length without numbers of persons, whatever was given.
std::string clean(std::string_view text) {
  std::string result = record::maskedStart(text, kMostOfValue);
  if (text.size() > kMostOfValue) result += "…";
  if (!isUtf8(result)) {
    for (char& c : result) {
      if ((c & 0x80) != 0) c = '?';
    }
  }
  return result;
}

void appendMember(std::string_view name, std::string_view value, std::string& out) {
  out += ",\"";
  out += name;
  out += "\":";
  std::string text;
  json::writeText(clean(value), text);
  base::appendVisible(text, base::LineEnds::escaped, out);
}

void appendJson(WallTime time, LogLevel level, std::string_view component,
                std::initializer_list<Log::Field> fields, std::string_view message,
                std::string& out) {
  out += "{\"time\":\"";
  base::appendTime(time, out);
  out += '"';
  appendMember("level", levelName(level), out);
  appendMember("component", component, out);
  for (const Log::Field& field : fields) {
    if (!field.value.empty()) appendMember(field.name, field.value, out);
  }
  appendMember("message", message, out);
  out += "}\n";
}

/// Control characters could forge lines or drive the terminal.
void appendPlain(std::string_view text, std::string& out) {
  base::appendVisible(clean(text), base::LineEnds::escaped, out);
}

void appendHuman(WallTime time, LogLevel level, std::string_view component,
                 std::initializer_list<Log::Field> fields, std::string_view message,
                 std::string& out) {
  constexpr std::array<std::string_view, 4> kWords{"debug  ", "info   ", "WARNING", "ERROR  "};
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 16> clock{};
  out.append(clock.data(), std::strftime(clock.data(), clock.size(), "%H:%M:%S ", &local));
  out += kWords[static_cast<std::size_t>(level)];
  out += ' ';
  appendPlain(component, out);
  out += ": ";
  appendPlain(message, out);
  bool first = true;
  for (const Log::Field& field : fields) {
    if (field.value.empty()) continue;
    out += first ? " (" : ", ";
    first = false;
    out += field.name;
    out += '=';
    appendPlain(field.value, out);
  }
  out += first ? "\n" : ")\n";
}

bool writeWhole(int descriptor, std::string_view line) {
  while (!line.empty()) {
    const ssize_t done = ::write(descriptor, line.data(), line.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    line.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

bool isHuman(const Log::Options& options) {
  if (options.form != Log::Form::automatic) return options.form == Log::Form::human;
  return ::isatty(options.descriptor) == 1;
}

}  // namespace

std::string_view levelName(LogLevel level) {
  constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

Log::Log() : Log(Options{}) {}

Log::Log(const Options& options)
    : least_(options.least),
      human_(isHuman(options)),
      descriptor_(options.descriptor),
      clock_(options.clock != nullptr ? *options.clock : systemClock_) {}

void Log::write(LogLevel level, std::string_view component, std::initializer_list<Field> fields,
                std::string_view message) {
  if (!wants(level)) return;
  const base::Lock lock(mutex_);
  line_.clear();
  if (human_) {
    appendHuman(clock_.wall(), level, component, fields, message, line_);
  } else {
    appendJson(clock_.wall(), level, component, fields, message, line_);
  }
  if (!writeWhole(descriptor_, line_)) ++dropped_;
  if (line_.capacity() > kLineMemoryKept) line_.shrink_to_fit();
}

}  // namespace lianqiao::observe
