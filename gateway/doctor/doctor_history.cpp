#include <array>
#include <cstdio>
#include <limits>
#include <system_error>

#include "admin/client.h"
#include "base/text_view.h"
#include "doctor/doctor.h"
#include "lianqiao/json.h"

namespace lianqiao::doctor {
namespace {

constexpr double kYear = 365;
/// A month goes as a whole: its last day is kept longest.
constexpr double kMonth = 31;

std::string sizeOf(double bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), bytes < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes,
                kUnits[unit]);
  return text.data();
}

double daysOf(std::chrono::milliseconds time) {
  return std::chrono::duration<double, std::ratio<86400>>(time).count();
}

}  // namespace

void judgeHistory(const config::HistorySettings& settings, std::string_view history,
                  std::uint64_t free, Checkup& checkup) {
  json::Document document;
  if (!json::parse(history, document).ok()) return;
  const json::Value* classes = document.root.find("classes");
  if (classes == nullptr) return;
  double more = 0;
  std::string told;
  for (const json::Value& one : classes->elements()) {
    const std::string kind(base::textOf(one, "class"));
    const auto now = static_cast<double>(base::numberOf(one, "bytes"));
    const auto perDay = static_cast<double>(base::numberOf(one, "per_day"));
    const auto kept = settings.retention.find(kind);
    const bool ends = kind == "sent" || kept != settings.retention.end();
    const double days = kind == "sent" ? daysOf(settings.sent) + kMonth
                        : ends         ? daysOf(kept->second) + kMonth
                                       : kYear;
    const double then = ends ? perDay * days : now + perDay * days;
    more += std::max(0.0, then - now);
    told += (told.empty() ? "" : "; ") + kind + " " + sizeOf(now) + ", " + sizeOf(perDay) +
            " a day, " + sizeOf(then) + (ends ? " at most" : " in a year");
  }
  if (told.empty()) return;
  if (more <= static_cast<double>(free)) return checkup.ok("history: " + told);
  checkup.warn(
      "history: " + told + "; " + sizeOf(static_cast<double>(free)) + " are free on its disk",
      "give it a larger disk (history.folder), or keep less (history.retention, "
      "history.sent)");
}

void lookAtHistory(const config::GatewayConfig& config, Checkup& checkup) {
  if (!config.history.enabled) return;
  const auto node = admin::readNodeFile(config.data);
  if (!node) return;
  const auto answer = admin::call(*node, "GET", "/v1/status", std::chrono::seconds(10));
  json::Document status;
  if (!answer || answer->status != 200 || !json::parse(answer->body, status).ok()) return;
  const json::Value* history = status.root.find("history");
  if (history == nullptr) return;
  std::string text;
  json::write(*history, text);
  // How much room the server of a database has, it does not tell.
  if (!config.history.url.empty())
    return judgeHistory(config.history, text, std::numeric_limits<std::uint64_t>::max(), checkup);
  std::error_code error;
  const auto folder =
      config.history.folder.empty() ? config.data / "history" : config.history.folder;
  const auto space = std::filesystem::space(folder, error);
  if (!error) judgeHistory(config.history, text, space.available, checkup);
}

}  // namespace lianqiao::doctor
