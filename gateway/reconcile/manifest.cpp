#include "reconcile/manifest.h"

#include <algorithm>
#include <cstdio>

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/json.h"

namespace lianqiao::reconcile {
namespace {

Error badRequest(std::string detail) { return {codes::kMalformed, std::move(detail)}; }

std::string hexOf(std::uint64_t sum) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(sum));
  return text;
}

void member(std::string_view name, std::string_view text, std::string& out) {
  if (out.back() != '{') out += ',';
  json::writeText(name, out);
  out += ':';
  json::writeText(text, out);
}

void sums(const HeldSum& of, std::string& out) {
  out += out.back() == '{' ? "" : ",";
  out += R"("count":)" + std::to_string(of.count);
  member("sum", hexOf(of.sum), out);
}

std::string markOf(const OurDay::Kept& one) {
  const char bucket = static_cast<char>(one.bucket);
  return hex(std::string_view(&bucket, 1)) + one.identity;
}

void itemText(const OurDay::Kept& one, std::string& out) {
  if (out.back() == '}') out += ',';
  out += '{';
  member("id", one.identity, out);
  if (!one.revision.empty()) member("revision", one.revision, out);
  member("content", one.content, out);
  member("at", base::formatTime(one.at), out);
  out += '}';
}

void appendItems(const OurDay& ours, const ManifestRequest& request, std::string& out) {
  std::size_t total = 0;
  std::size_t shown = 0;
  std::string last;
  std::string next;
  std::string items = "[";
  for (const std::uint8_t bucket : request.buckets)
    for (const OurDay::Kept& one : ours.inBucket(bucket)) {
      if (one.state != OurThing::State::settled || one.type != request.type) continue;
      ++total;
      const std::string mark = markOf(one);
      if (mark <= request.after) continue;
      if (shown++ < kManifestPage) {
        itemText(one, items);
        last = mark;
      } else {
        next = last;
      }
    }
  out += R"(,"total":)" + std::to_string(total) + R"(,"items":)" + items + ']';
  member("next", next, out);
}

}  // namespace

Result<ManifestRequest> manifestRequestOf(const HttpRequest& request) {
  ManifestRequest made;
  made.day = request.parameter("day");
  made.direction = request.parameter("direction");
  made.type = request.parameter("type");
  made.after = request.parameter("after");
  if (!base::isDate(made.day)) return badRequest("day must be written YYYY-MM-DD.");
  if (!made.direction.empty() && made.direction != "in" && made.direction != "out")
    return badRequest(
        "direction must be out (what you have from us) or in (what you have sent us).");
  const std::string buckets = request.parameter("bucket");
  for (std::string_view rest = buckets; !rest.empty();) {
    const auto byte = unhex(rest.substr(0, 2));
    const bool more = rest.size() > 2;
    if (!byte || byte->size() != 1 || (more && (rest[2] != ',' || rest.size() < 5)))
      return badRequest("bucket must be pairs of hexadecimal digits with commas: 0a,ff.");
    made.buckets.push_back(static_cast<std::uint8_t>(byte->front()));
    rest.remove_prefix(more ? 3 : 2);
  }
  std::sort(made.buckets.begin(), made.buckets.end());
  made.buckets.erase(std::unique(made.buckets.begin(), made.buckets.end()), made.buckets.end());
  if (!made.buckets.empty() && made.type.empty())
    return badRequest("bucket needs the type that it is of.");
  return made;
}

std::string manifestText(const OurDay& ours, const HeldQuery& query,
                         const ManifestRequest& request) {
  std::string out = "{";
  member("day", query.day, out);
  member("direction", query.sentToUs ? "in" : "out", out);
  if (request.type.empty()) {
    out += R"(,"types":[)";
    for (const HeldGroup& group : ours.groups()) {
      out += out.back() == '[' ? "{" : ",{";
      member("type", group.type, out);
      sums(group.all, out);
      out += '}';
    }
    return out + "]}";
  }
  member("type", request.type, out);
  if (!request.buckets.empty()) {
    appendItems(ours, request, out);
    return out + '}';
  }
  out += R"(,"buckets":[)";
  for (const HeldSum& sum : ours.buckets(request.type)) {
    out += out.back() == '[' ? "{" : ",{";
    sums(sum, out);
    out += '}';
  }
  return out + "]}";
}

}  // namespace lianqiao::reconcile
