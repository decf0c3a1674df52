#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>

#include "data_exchange/exchange_client.h"
#include "kit/time/china_time.h"

namespace lianqiao::data_exchange {

/// Polls a paged query by an increment field (protocols §2.1, Beijing draft). A window begins at
/// the newest value seen, less an overlap (§13-20), and is read page by page, one page a poll. The
/// cursor names window and page, so that a restart goes on inside the window with the first page
/// that is not yet durable. Nothing is passed over: a page that is empty before the total is
/// reached, or that repeats the last one, is an error; a total that shrinks begins the window
/// again.
class ExchangeSource final : public Source {
 public:
  /// Throws std::invalid_argument where settings contradict each other. REQUIRES: queryServiceOf().
  ExchangeSource(const Settings& settings, Host& host);

  Result<Batch> poll(std::string_view cursor, Deadline deadline) override;
  Result<void> confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) override;

 private:
  enum class WindowEnd : std::uint8_t { none, same_group, own_group };

  struct Place {
    WallTime since{};
    std::optional<WallTime> until;  ///< Where the platform is told the window's end.
    std::int64_t page = 1;
    std::int64_t seen = 0;           ///< Rows of the window's pages before this one.
    std::int64_t total = -1;         ///< As told with the last page; -1 = not told.
    std::optional<WallTime> newest;  ///< Of the increment field, in this window.
    std::string lastPage;            ///< Fingerprint.
  };

  [[nodiscard]] Result<Place> placeOf(std::string_view cursor) const;
  [[nodiscard]] static std::string cursorText(const Place& place);
  [[nodiscard]] std::string bodyOf(const Place& place) const;
  [[nodiscard]] std::string condition(std::string_view sign, WallTime value) const;
  /// The rows of an answer; `inner` holds them where the platform packs JSON into a text.
  [[nodiscard]] Result<json::Value> rowsOf(const json::Value& root, json::Document& inner,
                                           std::int64_t& total) const;
  Result<Batch> batchOf(Place place, const json::Value& rows, std::int64_t total);
  void addNewRows(const json::Value& rows, const Place& place, Batch& batch);
  [[nodiscard]] RawItem itemOf(const json::Value& row, const Place& place) const;
  [[nodiscard]] Result<void> readNewest(const json::Value& rows, Place& place) const;
  [[nodiscard]] Place nextWindow(const Place& place) const;

  Host& host_;
  const Connection connection_;
  const PlatformRules rules_;
  const std::string field_;
  const std::string sign_;
  const std::string signEnd_;
  const std::string returnType_;
  const kit::TimeForm form_;
  const WindowEnd windowEnd_;
  const std::int64_t pageSize_;
  const std::chrono::milliseconds overlap_;
  const std::chrono::milliseconds lookBack_;
  const std::string listPath_;
  const std::string totalPath_;
  const std::string idField_;
  ExchangeClient client_;
  // Fingerprints of durable rows, of the last window and of this one; bounded.
  std::unordered_set<std::string> before_;
  std::unordered_set<std::string> durable_;
};

}  // namespace lianqiao::data_exchange
