#pragma once

#include <string>

#include "admin/api.h"

/// What the admin API answers of the history: names and numbers of persons masked.
namespace lianqiao::admin {

/// The store that has what happened; null, and why, where there is none, or it is another node's.
history::HistoryStore* historyOf(const Backend& backend, Error& why);

/// {"records":[{"id","exception","peer","type","key","sourceid","region","accepted",
///   "deliveries":[…]}],"next","unread":[…]}
HttpResponse findRecords(const Backend& backend, const HttpRequest& request);

/// {"record":{…},"event":{…},"deliveries":[…],"attempts":[…],"repetitions":[…],"exceptions":[…],
///   "raw"?:{"body","evidence"?},"sent"?:[{"peer","digest","how","why","payload"}]}. `raw`,
/// `normalized`, `sent`, `answer` (=true) choose what is shown; with `reason` (and `by`), which the
/// history and the log keep, in clear.
HttpResponse showRecord(const Backend& backend, const std::string& id, const HttpRequest& request);

}  // namespace lianqiao::admin
