#include "config/reconcile_reader.h"

#include <algorithm>
#include <array>

#include "base/time_of_day.h"
#include "yaml/findings.h"
#include "yaml/map_reader.h"
#include "yaml/texts_of.h"

namespace lianqiao::config {
namespace {

constexpr std::size_t kMostFields = 32;
constexpr std::array<std::string_view, 3> kTimes{"accepted", "happened", "delivered"};
constexpr std::array<std::string_view, 4> kIdentities{"receipt", "sourceid", "key", "id"};
constexpr std::string_view kSent = "sent.";
constexpr std::string_view kPathRemedy = "write a path such as data.status";

template <typename Words>
bool isOneOf(std::string_view word, const Words& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Members with dots between them.
bool isDottedPath(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '/' || c == '$'; };
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::none_of(text.begin(), text.end(), blank);
}

/// One of `words`, or "sent." and a path: so a slip in a word is none.
void readWordOrPath(const yaml::YamlNode* node, std::span<const std::string_view> words,
                    std::string& into, yaml::Findings& findings) {
  const auto text = node == nullptr ? std::nullopt : yaml::readText(*node, findings);
  if (!text) return;
  if (isOneOf(*text, words) ||
      (text->starts_with(kSent) && isDottedPath(std::string_view(*text).substr(kSent.size())))) {
    into = *text;
    return;
  }
  findings.add(node->finding(
      yaml::shown(*text) + " says nothing of a record",
      yaml::suggestion(*text, words) + " Or write sent.PATH for a field of what was sent"));
}

void readPath(const yaml::YamlNode* node, std::string& into, yaml::Findings& findings) {
  const auto text = node == nullptr ? std::nullopt : yaml::readText(*node, findings);
  if (!text) return;
  if (isDottedPath(*text)) {
    into = *text;
  } else {
    findings.add(node->finding(yaml::shown(*text) + " is no path", std::string(kPathRemedy)));
  }
}

void readFields(const yaml::YamlNode* node, std::vector<std::string>& fields,
                yaml::Findings& findings) {
  if (node == nullptr) return;
  if (!node->isList()) {
    findings.add(node->finding("a list of paths is wanted here", "write [status, reply.content]"));
    return;
  }
  if (node->items().size() > kMostFields)
    findings.add(node->finding("at most " + std::to_string(kMostFields) + " fields are compared",
                               "name those that matter"));
  for (const yaml::YamlNode& item : node->items()) {
    std::string path;
    readPath(&item, path, findings);
    if (path.empty()) continue;
    if (isOneOf(path, fields)) {
      findings.add(item.finding("the field " + yaml::shown(path) + " is named twice",
                                "name it once: its place counts"));
    } else {
      fields.push_back(std::move(path));
    }
  }
}

void readWay(const yaml::YamlNode& node, bool out, ReconciledWay& way, yaml::Findings& findings) {
  way.identity = out ? "receipt" : "sourceid";
  if (out) way.day = "delivered";
  yaml::MapReader map(&node, findings);
  const yaml::YamlNode* day = map.take("day");
  const yaml::YamlNode* identity = map.take("identity");
  readWordOrPath(day, kTimes, way.day, findings);
  readWordOrPath(identity, kIdentities, way.identity, findings);
  readPath(map.take("revision"), way.revision, findings);
  readFields(map.take("fields"), way.fields, findings);
  map.names("types", way.types);
  map.duration("settle", way.settle, {0ms, 24h});
  map.duration("window", way.window, {0ms, 30 * 24h});
  map.finish();
  if (!out && way.day == "delivered")
    findings.add(day->finding("what comes in is not delivered to this peer",
                              "write accepted, happened, or a path of what it sends"));
  if (!out && way.identity == "receipt")
    findings.add(identity->finding("what comes in has no receipt of this peer",
                                   "write sourceid, or a path of what it sends"));
}

}  // namespace

void readReconciliation(const yaml::YamlNode* node, PeerConfig& peer, yaml::Findings& findings) {
  Reconciliation& reconcile = peer.reconcile;
  reconcile.zone = peer.zone;
  if (node == nullptr) return;
  yaml::MapReader map(node, findings);
  map.zone("zone", reconcile.zone);
  if (const yaml::YamlNode* out = map.take("out"))
    readWay(*out, true, reconcile.out.emplace(), findings);
  if (const yaml::YamlNode* in = map.take("in"))
    readWay(*in, false, reconcile.in.emplace(), findings);
  const yaml::YamlNode* daily = map.take("daily");
  if (daily != nullptr) {
    reconcile.daily = base::minutesOfDay(daily->text());
    if (!reconcile.daily)
      findings.add(daily->finding(yaml::shown(daily->text()) + " is no time of the day",
                                  "write \"03:30\", in quotation marks"));
  }
  map.finish();
  if (!node->isMap()) return;
  if (!reconcile.out && !reconcile.in)
    findings.add(
        node->finding("neither direction is declared",
                      "write out: {…} for what we deliver to it, in: {…} for what it sends"));
  for (const auto* way : {&reconcile.out, &reconcile.in}) {
    if (!*way || !reconcile.daily || *reconcile.daily >= (*way)->settle) continue;
    findings.add(daily->finding("at that time the day before has not settled",
                                "put it later than settle after midnight, or shorten settle"));
  }
}

}  // namespace lianqiao::config
