#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/gateway_config.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"
#include "pipeline/pipeline.h"
#include "queue/deliveries.h"
#include "queue/exception_room.h"
#include "queue/references.h"

namespace lianqiao::intake {

/// For peers that cannot be called (behind an air gap or NAT): they fetch what is owed to them and
/// acknowledge it. What is fetched and not acknowledged within the lease comes again: the peer
/// knows it by its `id`, which is another one only where a person had it sent again as new. Per key
/// only the oldest record is out at a time. Thread-safe, keeps no state: a lease travels in the
/// item's `lease` text.
class Outbox {
 public:
  static constexpr std::size_t kMostItems = 500;
  /// Of an answer, past which no further item begins.
  static constexpr std::size_t kMostBytes = 8u << 20;
  static constexpr std::size_t kMostReason = 480;
  static constexpr std::size_t kMostReceipt = queue::Settlement::kReceiptBytes;

  /// When it gives something again; nothing while it does. Thread-safe.
  using Opens = std::function<std::optional<WallTime>()>;

  /// `room`: of the exceptions of its deliveries; null: nobody counts. `references`: where the
  /// peers' own ids of things are known; null: nowhere. `opens`: of a peer that is given something
  /// at set times alone; null: always.
  Outbox(queue::Deliveries& deliveries, const pipeline::Pipeline& pipeline,
         queue::ExceptionRoom* room = nullptr, queue::References* references = nullptr,
         std::chrono::milliseconds referenceWait = config::ReferenceSettings().wait,
         Opens opens = {})
      : deliveries_(deliveries),
        pipeline_(pipeline),
        room_(room),
        references_(references),
        referenceWait_(referenceWait),
        opens_(std::move(opens)) {}

  /// {"items":[{"lease","id","key","type","attempt","payload":{…}}],"lease_seconds":N}. `limit` is
  /// the query text, 1…500, default 50; large items may be fewer (kMostBytes): fetch until none
  /// comes. Outside its set times {"items":[],"lease_seconds":N,"opens":"<when>"}. A record that
  /// the outbound mapping cannot express becomes an exception. Fails with intake.exceptions_full
  /// while there is no room for those.
  Result<HttpResponse> fetch(std::string_view peer, std::string_view limit,
                             std::chrono::milliseconds lease);

  /// Takes {"items":[{"lease","result":"delivered|retry|rejected","receipt"?,"reason"?}]}; answers,
  /// after Redis has synced, {"acknowledged":N,"unknown":[…]}: the indexes of items whose lease is
  /// not or no longer theirs (another peer's, lapsed, acknowledged before). These changed nothing:
  /// what is still owed comes again. Of a reason kMostReason bytes are kept; a receipt that is
  /// longer than kMostReceipt is refused.
  Result<HttpResponse> acknowledge(std::string_view peer, std::string_view body);

 private:
  Result<std::vector<std::string>> theirIds(std::string_view peer,
                                            const std::vector<queue::Lease>& leases) const;
  void giveBack(queue::Lease lease) const;
  bool waitsFor(const queue::Lease& lease, const Error& why) const;

  queue::Deliveries& deliveries_;
  const pipeline::Pipeline& pipeline_;
  queue::ExceptionRoom* const room_;
  queue::References* const references_;
  const std::chrono::milliseconds referenceWait_;
  const Opens opens_;
};

}  // namespace lianqiao::intake
