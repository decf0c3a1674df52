#pragma once

#include <string>
#include <string_view>

namespace lianqiao::queue {

/// Every key name in Redis that C++ uses; the scripts build the same ones (FORMAT.md). All bear one
/// hash tag, so that one script may touch them all, also in a Cluster. Immutable, thread-safe.
class Keys {
 public:
  explicit Keys(std::string_view prefix) : tag_("{" + std::string(prefix) + "}") {}

  [[nodiscard]] const std::string& tag() const { return tag_; }
  [[nodiscard]] std::string format() const { return tag_ + ":format"; }
  [[nodiscard]] std::string peers() const { return tag_ + ":peers"; }
  [[nodiscard]] std::string epochs() const { return tag_ + ":epochs"; }
  [[nodiscard]] std::string beats() const { return tag_ + ":beats"; }
  [[nodiscard]] std::string clock() const { return tag_ + ":clock"; }
  [[nodiscard]] std::string exceptions() const { return tag_ + ":excs"; }
  [[nodiscard]] std::string exceptionCounts() const { return tag_ + ":excn"; }
  [[nodiscard]] std::string exception(std::string_view id) const { return of("exc", id); }
  [[nodiscard]] std::string record(std::string_view id) const { return of("rec", id); }
  [[nodiscard]] std::string cursor(std::string_view peer) const { return of("cursor", peer); }
  [[nodiscard]] std::string counts(std::string_view peer) const { return of("count", peer); }
  [[nodiscard]] std::string open(std::string_view peer) const { return of("open", peer); }
  [[nodiscard]] std::string due(std::string_view peer) const { return of("due", peer); }
  [[nodiscard]] std::string leases(std::string_view peer) const { return of("leases", peer); }
  [[nodiscard]] std::string busy(std::string_view peer) const { return of("busy", peer); }
  [[nodiscard]] std::string ready(std::string_view peer, char lane) const {
    return of("ready", peer) + ':' + lane;
  }
  [[nodiscard]] std::string waiting(std::string_view peer, std::string_view key) const {
    return of("wait", peer).append(":").append(key);
  }
  [[nodiscard]] std::string ledger(std::string_view peer, std::string_view sourceId) const {
    return of("dup", peer).append(":").append(sourceId);
  }
  [[nodiscard]] std::string receipts(std::string_view peer, long long day) const {
    return of("rcpt", peer).append(":").append(std::to_string(day));
  }
  [[nodiscard]] std::string nonce(std::string_view scope, std::string_view nonce) const {
    return of("nonce", scope).append(":").append(nonce);
  }

 private:
  [[nodiscard]] std::string of(std::string_view kind, std::string_view name) const {
    std::string key = tag_;
    key.append(":").append(kind).append(":").append(name);
    return key;
  }

  std::string tag_;
};

}  // namespace lianqiao::queue
