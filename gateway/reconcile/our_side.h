#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/gateway_config.h"
#include "history/store.h"
#include "lianqiao/counterpart.h"
#include "reconcile/our_day.h"

namespace lianqiao::reconcile {

/// The day as the settings count it. Fails with intake.malformed where `day` is none.
Result<HeldQuery> queryOf(const config::Reconciliation& settings, bool out, std::string_view day);

/// The payload of an event as JSON text, as the outbound mapping makes it now.
using AsSent = std::function<Result<std::string>(std::string_view event)>;

struct OurSide {
  OurDay day;
  /// Things whose contents are gone, or that the mapping of today cannot express: they are held to
  /// the other side's by their identity alone.
  std::size_t uncompared = 0;
};

/// Reads out of the history what we hold of a day: of `query.sentToUs` what the peer sent us, as it
/// was sent; else what we have delivered to it, as `asSent` makes it. A delivery that became an
/// exception is a thing of the day, for the other side lacks it; what a person closed is none.
/// What is owed, or younger than `settle` at `now`, is open. Fails as a scan of the history, or
/// with reconcile.too_many.
Result<OurSide> readOurSide(history::HistoryStore& store, std::string_view peer,
                            const config::ReconciledWay& way, const HeldQuery& query,
                            std::string_view zone, WallTime now, const AsSent& asSent);

/// The moment that a field tells: RFC 3339, or "YYYY-MM-DD[ hh:mm[:ss]]" in `zone`, or whole
/// seconds or milliseconds since 1970; nothing for any other text.
[[nodiscard]] std::optional<WallTime> momentOf(std::string_view text, std::chrono::minutes zone);

}  // namespace lianqiao::reconcile
