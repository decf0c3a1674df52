#include "intake/outbox.h"

#include <algorithm>
#include <charconv>

#include "base/cut.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::intake {
namespace {

using std::chrono::milliseconds;

/// What tells the id wakes who lacks it; this is for what was told beside that.
constexpr milliseconds kLookAgain{60'000};

Error malformedAnswer(std::string detail) { return {codes::kMalformed, std::move(detail)}; }

/// recordId, entry, attempt, accepted and key, so that acknowledging needs no memory here. `typed`:
/// behind accepted also "@" and the type, by which a receipt is known as a reference.
std::string leaseText(const queue::Lease& lease, bool typed) {
  return hex(lease.recordId + "|" + lease.entry + "|" + std::to_string(lease.attempt) + "|" +
             std::to_string(lease.accepted.time_since_epoch().count()) +
             (typed ? "@" + lease.type : std::string()) + "|" + lease.key);
}

template <typename Number>
bool readNumber(std::string_view text, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

std::optional<queue::Lease> leaseOf(std::string_view peer, std::string_view text) {
  const auto bytes = unhex(text);
  if (!bytes) return std::nullopt;
  std::vector<std::string_view> parts;
  std::string_view rest = *bytes;
  for (int i = 0; i < 4; ++i) {
    const std::size_t bar = rest.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    parts.push_back(rest.substr(0, bar));
    rest.remove_prefix(bar + 1);
  }
  queue::Lease lease;
  lease.peer = peer;
  lease.recordId = parts[0];
  lease.entry = parts[1];
  lease.key = rest;
  std::int64_t accepted = 0;
  const std::size_t type = std::min(parts[3].find('@'), parts[3].size());
  if (!readNumber(parts[2], lease.attempt) || !readNumber(parts[3].substr(0, type), accepted))
    return std::nullopt;
  lease.type = parts[3].substr(std::min(type + 1, parts[3].size()));
  lease.accepted = WallTime(milliseconds(accepted));
  return lease;
}

/// At most kMostReason bytes of what a peer gives as its reason; says so where that is not all.
std::string reasonOf(std::string_view text) {
  if (text.size() <= Outbox::kMostReason) return std::string(text);
  return std::string(base::cutBeforeNumber(text, Outbox::kMostReason)) + " … (cut)";
}

std::string acknowledgement(std::size_t items, std::vector<std::size_t> unknown) {
  std::sort(unknown.begin(), unknown.end());
  std::string body =
      R"({"acknowledged":)" + std::to_string(items - unknown.size()) + R"(,"unknown":[)";
  for (const std::size_t index : unknown)
    body += (body.back() == '[' ? "" : ",") + std::to_string(index);
  return body + "]}";
}

HttpResponse jsonResponse(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(body);
  return response;
}

}  // namespace

Result<HttpResponse> Outbox::fetch(std::string_view peer, std::string_view limit,
                                   milliseconds lease) {
  std::size_t most = 50;
  if (!limit.empty() && (!readNumber(limit, most) || most == 0 || most > kMostItems)) {
    return malformedAnswer("limit must be a number from 1 to " + std::to_string(kMostItems) + ".");
  }
  if (room_ != nullptr && room_->full()) {
    return Error{
        codes::kExceptionsFull,
        "Too many records were rejected and wait for somebody to look at them: no more are "
        "given until they are fewer. Tell the gateway's administrator."};
  }
  const std::string seconds =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(lease).count());
  if (const auto opens = opens_ ? opens_() : std::nullopt)
    return jsonResponse(200, R"({"items":[],"lease_seconds":)" + seconds + R"(,"opens":")" +
                                 base::formatTime(*opens) + "\"}");
  auto leases = deliveries_.lease(peer, most, lease);
  if (!leases) return leases.error();
  thread_local expression::Workspace workspace;
  auto theirs = theirIds(peer, *leases);
  if (!theirs) {
    for (queue::Lease& item : *leases) giveBack(std::move(item));
    return theirs.error();
  }
  const bool typed = pipeline_.keepsReferences(peer);
  std::string body = R"({"items":[)";
  bool first = true;
  for (std::size_t i = 0; i < leases->size(); ++i) {
    queue::Lease& item = (*leases)[i];
    if (body.size() > kMostBytes) {
      giveBack(std::move(item));
      continue;
    }
    workspace.references.theirs = i < theirs->size() ? (*theirs)[i] : std::string();
    auto payload = pipeline_.outbound(peer, item.event, workspace);
    if (!payload && waitsFor(item, payload.error())) {
      item.event.clear();
      queue::Settlement later;
      later.kind = queue::Settlement::Kind::retry;
      later.lease = std::move(item);
      later.after = kLookAgain;
      later.code = payload.error().code;
      later.detail = payload.error().detail;
      deliveries_.settle(std::move(later));
      continue;
    }
    if (!payload) {
      if (room_ != nullptr) room_->add({1, item.event.size()});
      item.event.clear();
      deliveries_.settle({.kind = queue::Settlement::Kind::buried,
                          .lease = std::move(item),
                          .receipt = {},
                          .reference = {},
                          .after = {},
                          .code = payload.error().code,
                          .detail = payload.error().detail});
      continue;
    }
    if (!first) body += ',';
    first = false;
    body += R"({"lease":")" + leaseText(item, typed) + R"(","id":)";
    json::writeText(item.newKey.empty() ? item.recordId : item.recordId + "." + item.newKey, body);
    body += R"(,"key":)";
    json::writeText(item.key, body);
    body += R"(,"type":)";
    json::writeText(item.type, body);
    body +=
        R"(,"attempt":)" + std::to_string(item.attempt) + R"(,"payload":)" + payload->text + '}';
  }
  body += R"(],"lease_seconds":)" + seconds + '}';
  return jsonResponse(200, std::move(body));
}

/// Empty where none is asked for.
Result<std::vector<std::string>> Outbox::theirIds(std::string_view peer,
                                                  const std::vector<queue::Lease>& leases) const {
  if (references_ == nullptr || !pipeline_.namesTheirs(peer)) return std::vector<std::string>();
  std::vector<std::string> keys;
  keys.reserve(leases.size());
  for (const queue::Lease& lease : leases) keys.push_back(lease.key);
  return references_->idsOf(peer, keys);
}

/// Whether its peer's own id may yet be told (Attempt::Lacking).
bool Outbox::waitsFor(const queue::Lease& lease, const Error& why) const {
  if (references_ == nullptr || why.code != codes::kUnknownReference) return false;
  const auto lack = references_->lack(lease.peer, lease.key, lease.recordId, referenceWait_);
  return !lack || !lack->id.empty() || lack->now < lack->until;
}

void Outbox::giveBack(queue::Lease lease) const {
  queue::Settlement settled;
  settled.kind = queue::Settlement::Kind::returned;
  lease.event.clear();
  settled.lease = std::move(lease);
  deliveries_.settle(std::move(settled));
}

Result<HttpResponse> Outbox::acknowledge(std::string_view peer, std::string_view body) {
  json::Document document;
  if (auto parsed = json::parse(body, document); !parsed) return parsed.error();
  const json::Value* items = document.root.find("items");
  if (items == nullptr || !items->isArray())
    return malformedAnswer("The body must be {\"items\":[…]}.");
  std::vector<queue::Settlement> settlements;
  std::uint64_t rejected = 0;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const json::Value& item = items->elements()[i];
    const auto text = [&item](std::string_view name) {
      const json::Value* value = item.find(name);
      return value == nullptr ? std::string_view() : value->text();
    };
    auto lease = leaseOf(peer, text("lease"));
    if (!lease)
      return malformedAnswer("items[" + std::to_string(i) +
                             "].lease is not one that this gateway gave.");
    queue::Settlement settled;
    const std::string_view result = text("result");
    if (result == "delivered" || result.empty()) {
      settled.kind = queue::Settlement::Kind::delivered;
      settled.receipt = text("receipt");
      if (settled.receipt.size() > kMostReceipt) {
        return malformedAnswer("items[" + std::to_string(i) + "].receipt is longer than " +
                               std::to_string(kMostReceipt) + " bytes.");
      }
    } else if (result == "rejected") {
      settled.kind = queue::Settlement::Kind::buried;
      settled.code = codes::kRejected;
      ++rejected;
    } else if (result == "retry") {
      settled.kind = queue::Settlement::Kind::retry;
      settled.code = codes::kPeerError;
      settled.after = std::chrono::seconds(30);
    } else {
      return malformedAnswer("items[" + std::to_string(i) +
                             "].result must be delivered, retry or rejected.");
    }
    settled.detail = reasonOf(text("reason"));
    if (settled.kind == queue::Settlement::Kind::delivered && !lease->type.empty() &&
        pipeline_.keepsReferences(peer))
      settled.reference = record::referenceOf(settled.receipt, lease->type);
    settled.lease = std::move(*lease);
    settlements.push_back(std::move(settled));
  }
  const std::size_t count = settlements.size();
  if (room_ != nullptr) room_->add({rejected, 0});
  auto unheard = deliveries_.settleNow(std::move(settlements));
  if (!unheard) return unheard.error();
  return jsonResponse(200, acknowledgement(count, std::move(unheard).value()));
}

}  // namespace lianqiao::intake
