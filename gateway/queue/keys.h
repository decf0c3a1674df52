#pragma once

#include <array>
#include <string>
#include <string_view>

namespace lianqiao::queue {

/// A kind of key: "<prefix>:<name>", and behind that what it is about.
struct KeyKind {
  std::string_view name;
  std::string_view type;  ///< As Redis' TYPE names it.
};

/// All there are. C++ builds no name of another kind (Keys); tests hold the scripts and FORMAT.md,
/// which says what is in them, to this list.
inline constexpr std::array<KeyKind, 59> kKeyKinds{{
    {"format", "string"},  {"epochs", "hash"},   {"beats", "hash"},      {"pollers", "hash"},
    {"fence", "string"},   {"peers", "set"},     {"rec", "hash"},        {"dup", "hash"},
    {"life", "string"},    {"open", "zset"},     {"busy", "hash"},       {"wait", "list"},
    {"ready", "list"},     {"due", "zset"},      {"suspect", "string"},  {"leases", "hash"},
    {"rcpt", "hash"},      {"count", "hash"},    {"exc", "hash"},        {"excs", "zset"},
    {"same", "hash"},      {"clock", "string"},  {"excn", "hash"},       {"cursor", "string"},
    {"was", "string"},     {"nonce", "string"},  {"probe", "string"},    {"known", "hash"},
    {"rights", "hash"},    {"share", "hash"},    {"former", "string"},   {"held", "hash"},
    {"holds", "zset"},     {"again", "hash"},    {"unfold", "hash"},     {"journal", "stream"},
    {"unnoted", "string"}, {"reader", "string"}, {"ended", "string"},    {"resend", "hash"},
    {"resends", "zset"},   {"items", "zset"},    {"refused", "hash"},    {"ref", "string"},
    {"refs", "hash"},      {"awaits", "list"},   {"waits", "zset"},      {"arrived", "zset"},
    {"lacks", "string"},   {"cycle", "hash"},    {"once", "string"},     {"signs", "hash"},
    {"hours", "hash"},     {"outages", "hash"},  {"unclocked", "hash"},  {"deadlines", "zset"},
    {"clocks", "hash"},    {"reached", "zset"},  {"reckoned", "string"},
}};

/// Empty where there is no kind of that name.
[[nodiscard]] constexpr std::string_view typeOfKind(std::string_view name) {
  for (const KeyKind& kind : kKeyKinds)
    if (kind.name == name) return kind.type;
  return {};
}

/// A ledger of one entry is a string.
[[nodiscard]] constexpr bool mayBe(std::string_view kind, std::string_view type) {
  const std::string_view usual = typeOfKind(kind);
  return !usual.empty() && (type == usual || (kind == "dup" && type == "string"));
}

/// The literal name of a kind; another one does not compile.
struct KeyName {
  std::string_view text;
  // NOLINTNEXTLINE(google-explicit-constructor): a name stands where it is written.
  consteval KeyName(const char* name)
      : text(!typeOfKind(name).empty() ? name : throw "no kind of key has this name") {}
};

/// The names of the keys in Redis that C++ uses. All bear one hash tag, so that one script may
/// touch them all, also in a Cluster. Immutable, thread-safe.
class Keys {
 public:
  explicit Keys(std::string_view prefix) : tag_("{" + std::string(prefix) + "}") {}

  [[nodiscard]] const std::string& tag() const { return tag_; }
  [[nodiscard]] std::string format() const { return key("format"); }
  [[nodiscard]] std::string former() const { return key("former"); }
  [[nodiscard]] std::string journal() const { return key("journal"); }
  [[nodiscard]] std::string unnoted() const { return key("unnoted"); }
  [[nodiscard]] std::string reader() const { return key("reader"); }
  [[nodiscard]] std::string signs() const { return key("signs"); }
  [[nodiscard]] std::string hours(std::string_view peer) const { return key("hours", peer); }
  [[nodiscard]] std::string outages(std::string_view peer) const { return key("outages", peer); }
  [[nodiscard]] std::string held() const { return key("held"); }
  [[nodiscard]] std::string holds(std::string_view peer, std::string_view path) const {
    return key("holds", peer).append(":").append(path);
  }
  [[nodiscard]] std::string peers() const { return key("peers"); }
  [[nodiscard]] std::string epochs() const { return key("epochs"); }
  [[nodiscard]] std::string beats() const { return key("beats"); }
  [[nodiscard]] std::string clock() const { return key("clock"); }
  [[nodiscard]] std::string exceptions() const { return key("excs"); }
  [[nodiscard]] std::string waits() const { return key("waits"); }
  [[nodiscard]] std::string exceptionCounts() const { return key("excn"); }
  [[nodiscard]] std::string shares() const { return key("share"); }
  [[nodiscard]] std::string exception(std::string_view id) const { return key("exc", id); }
  [[nodiscard]] std::string formerException(std::string_view id) const { return key("was", id); }
  [[nodiscard]] std::string endedException(std::string_view id) const { return key("ended", id); }
  [[nodiscard]] std::string resend(std::string_view list) const { return key("resend", list); }
  [[nodiscard]] std::string resendItems(std::string_view list) const { return key("items", list); }
  [[nodiscard]] std::string record(std::string_view id) const { return key("rec", id); }
  [[nodiscard]] std::string again(std::string_view id) const { return key("again", id); }
  [[nodiscard]] std::string cursor(std::string_view peer) const { return key("cursor", peer); }
  [[nodiscard]] std::string counts(std::string_view peer) const { return key("count", peer); }
  [[nodiscard]] std::string open(std::string_view peer) const { return key("open", peer); }
  [[nodiscard]] std::string due(std::string_view peer) const { return key("due", peer); }
  [[nodiscard]] std::string leases(std::string_view peer) const { return key("leases", peer); }
  [[nodiscard]] std::string busy(std::string_view peer) const { return key("busy", peer); }
  [[nodiscard]] std::string ready(std::string_view peer, char lane) const {
    return key("ready", peer) + ':' + lane;
  }
  [[nodiscard]] std::string waiting(std::string_view peer, std::string_view about) const {
    return key("wait", peer).append(":").append(about);
  }
  [[nodiscard]] std::string ledger(std::string_view peer, std::string_view sourceId) const {
    return key("dup", peer).append(":").append(sourceId);
  }
  [[nodiscard]] std::string known(std::string_view about) const { return key("known", about); }
  [[nodiscard]] std::string references(std::string_view about) const { return key("refs", about); }
  [[nodiscard]] std::string cycle(std::string_view name) const { return key("cycle", name); }
  [[nodiscard]] std::string deadlines() const { return key("deadlines"); }
  [[nodiscard]] std::string reckoned() const { return key("reckoned"); }
  [[nodiscard]] std::string clocks(std::string_view thing) const { return key("clocks", thing); }
  [[nodiscard]] std::string reached(std::string_view peer) const { return key("reached", peer); }
  [[nodiscard]] std::string receipts(std::string_view peer, long long day) const {
    return key("rcpt", peer).append(":").append(std::to_string(day));
  }
  [[nodiscard]] std::string nonce(std::string_view scope, std::string_view nonce) const {
    return key("nonce", scope).append(":").append(nonce);
  }

 private:
  [[nodiscard]] std::string key(KeyName name) const {
    std::string made = tag_;
    made.append(":").append(name.text);
    return made;
  }
  [[nodiscard]] std::string key(KeyName name, std::string_view of) const {
    return key(name).append(":").append(of);
  }

  std::string tag_;
};

}  // namespace lianqiao::queue
