#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/node_key.h"
#include "history/store.h"
#include "history/store_settings.h"
#include "lianqiao/result.h"

/// What every store looks for, and what it compares with what it has found.
namespace lianqiao::history {

inline constexpr std::size_t kMostHits = 1000;
/// A page that took longer ends, with where to go on.
inline constexpr std::chrono::seconds kMostTime(1);
inline constexpr std::int64_t kDayMillis = 86'400'000;

/// Words between blanks that must all stand in a record's texts.
class SearchedText {
 public:
  SearchedText() = default;
  /// As searchableText() has it.
  explicit SearchedText(std::string_view searchable);

  [[nodiscard]] bool empty() const { return words_.empty(); }
  [[nodiscard]] bool standsIn(std::string_view event) const;

 private:
  std::vector<std::string> words_;  ///< As they stand within JSON.
};

/// A query that was found to be one, in terms.h's terms.
struct Sought {
  std::optional<std::uint64_t> id;      ///< Of Query::word.
  std::vector<std::uint64_t> terms;     ///< Of number, region and text: all must stand there.
  SearchedText text;                    ///< To compare: terms alone tell nothing of the order.
  std::optional<std::int64_t> day;      ///< Of Query::deliveredOn, since 1970.
  std::optional<std::int64_t> dayFrom;  ///< Since 1970, ms: when that day begins.
};

/// Fails with intake's word for what is malformed, and says what would be right. The page's mark is
/// the store's own.
Result<Sought> readQuery(const Query& query, const StoreSettings& settings, NodeKey& key);

/// By one of the ids that stand beside its contents.
[[nodiscard]] bool isCalled(std::string_view id, const Envelope& record,
                            const std::vector<Delivery>& deliveries);
/// By one of its contents: that it is one of Particulars::ids its term has said.
[[nodiscard]] bool idStandsIn(std::string_view event, std::string_view id);

}  // namespace lianqiao::history
