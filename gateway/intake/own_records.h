#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"
#include "pipeline/pipeline.h"
#include "review/record_store.h"

namespace lianqiao::intake {

/// A delivery as whoever asks may know it: no receipt, reason or attempt of another peer's.
struct OwnDelivery {
  std::string peer;
  std::string_view state;  ///< waiting · retrying · delivered · exception · closed
  std::optional<WallTime> at;
  std::string receipt;  ///< Of the asking peer's own.
};

/// A record that a peer sent or was owed, as far as it may know it.
struct OwnRecord {
  std::string id;
  bool sent = false;  ///< It came from that peer; else it is owed to it.
  std::string event;  ///< Of a sent one; masked in the answer.
  std::vector<OwnDelivery> deliveries;
};

/// GET /v1/peers/{peer}/records/{id}: a peer asks after its own by our id, its source id, or a
/// receipt that it gave. Whatever it neither sent nor was owed is as if it were not there: it is
/// not read, and 404 comes after kNotFoundAfter at the soonest, whatever was looked at.
/// Thread-safe.
class OwnRecords {
 public:
  static constexpr std::chrono::milliseconds kNotFoundAfter{60};
  static constexpr std::size_t kMostRecords = 20;
  static constexpr std::size_t kLongestId = 300;

  /// What the queue has forgotten; empty where nothing is known, or no history is kept.
  using Older =
      std::function<Result<std::vector<OwnRecord>>(std::string_view peer, std::string_view id)>;

  /// What it is given by reference must outlive it.
  OwnRecords(review::RecordStore& records, const pipeline::Pipeline& pipeline, Older older,
             const base::Clock& clock)
      : records_(records), pipeline_(pipeline), older_(std::move(older)), clock_(clock) {}

  /// {"records":[{"id","direction","event"?,"deliveries":[{"peer","state","at"?,"receipt"?}]}],
  ///  "exceptions":[{"id","code","at","seen"}]}: exceptions are what it sent and was set aside.
  /// Fails with intake.not_found or as the store does. May wait kNotFoundAfter.
  [[nodiscard]] Result<HttpResponse> answer(std::string_view peer, std::string_view id) const;

 private:
  Result<std::vector<OwnRecord>> find(std::string_view peer, std::string_view id) const;
  [[nodiscard]] std::string textOf(const OwnRecord& record) const;

  review::RecordStore& records_;
  const pipeline::Pipeline& pipeline_;
  const Older older_;
  const base::Clock& clock_;
};

}  // namespace lianqiao::intake
