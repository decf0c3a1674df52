#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kit/mock/platform.h"
#include "lianqiao/adapter.h"
#include "lianqiao/mutex.h"

namespace lianqiao::kit {

/// What a mock platform holds of each day, told page by page as the settings of counterpartFields()
/// ask. Where `list_url` is not set it keeps nothing. Thread-safe.
class DayList {
 public:
  explicit DayList(const Settings& settings);

  /// Whether that is the question for the list; its placeholders stand in the query.
  [[nodiscard]] bool isAsked(const HttpRequest& request) const;
  /// Keeps the members of `thing`, with `id` at `list_id`, as taken on the day of `now` in China.
  void add(const json::Value& thing, std::string_view id, WallTime now);
  /// `beside` stands in the answer, too.
  [[nodiscard]] HttpResponse answer(const HttpRequest& request,
                                    std::span<const Placed> beside = {}) const;

 private:
  struct Held {
    std::string day;
    std::string item;  ///< JSON.
  };
  static constexpr std::size_t kMostHeld = 200'000;

  const std::string url_;
  const std::string itemsPath_;
  const std::string totalPath_;
  const std::string idPath_;
  mutable Mutex mutex_;
  std::vector<Held> held_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::kit
