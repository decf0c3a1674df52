#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"
#include "lianqiao/roles.h"

/// What a platform holds of a day, for reconciliation (对账), and the digests by which two sides see
/// that they hold the same without telling each other everything.
namespace lianqiao {

/// Which things are asked for.
struct HeldQuery {
  std::string day;  ///< YYYY-MM-DD, by the clock that the peer's settings declare.
  WallTime begin{};
  WallTime end{};  ///< Of the day; exclusive.
  /// It is asked for what it has sent us; else for what it has from us.
  bool sentToUs = false;
  std::string revision{};             ///< Dotted path in what was sent; empty: none is compared.
  std::vector<std::string> fields{};  ///< Dotted paths of what is compared, as sent.
};

/// One thing that the other side holds.
struct HeldItem {
  std::string id;        ///< By which both sides know it.
  std::string revision;  ///< Empty where none is compared.
  /// One text for each field of the query, empty where it has none.
  std::vector<std::string> fields{};
  std::string content{};  ///< heldContent() of them, where the fields themselves are not told.
  WallTime at{};          ///< What puts it into the day; 0 where it is not told.
};

struct HeldPage {
  std::vector<HeldItem> items;
  std::string next;                      ///< For the next call; empty at the end.
  std::optional<std::uint64_t> total{};  ///< Of all pages, where it is told.
  std::string day{};                     ///< That it says it lists; empty where it does not say.
};

/// Of a set of things: the same set gives the same, in any order.
struct HeldSum {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;  ///< Of heldHash(), modulo 2^64.
  void add(std::uint64_t hash) { ++count, sum += hash; }
  bool operator==(const HeldSum&) const = default;
};

struct HeldGroup {
  std::string type;  ///< Of our records.
  HeldSum all;
};

struct HeldSummary {
  std::string day;
  std::vector<HeldGroup> groups;
};

inline constexpr std::size_t kHeldBuckets = 256;

/// 16 hexadecimal digits: the first 8 bytes of the SHA-256 over the fields, each written as
/// "<bytes>:<text>,".
std::string heldContent(std::span<const std::string> fields);
/// The first 8 bytes, the highest first, of the SHA-256 over id, revision and content, each written
/// so.
std::uint64_t heldHash(std::string_view id, std::string_view revision, std::string_view content);
/// The first byte of the SHA-256 of the id.
std::uint8_t heldBucket(std::string_view id);

/// Role: tells what the other side holds of a day. Calls on one Counterpart never overlap. An Error
/// ends the comparison; it is made again later.
class Counterpart {
 public:
  virtual ~Counterpart() = default;

  /// A page of all that it holds of the day; `after` is HeldPage::next of the page before, empty
  /// for the first. At most some thousand items.
  virtual Result<HeldPage> list(const HeldQuery& query, std::string_view after,
                                Deadline deadline) = 0;

  /// Whether it answers the three calls below: then list() is not called.
  [[nodiscard]] virtual bool tellsDigests() const { return false; }
  virtual Result<HeldSummary> summary(const HeldQuery& query, Deadline deadline);
  /// kHeldBuckets sums of one type.
  virtual Result<std::vector<HeldSum>> buckets(const HeldQuery& query, std::string_view type,
                                               Deadline deadline);
  /// As list(), of one type and of these buckets alone.
  virtual Result<HeldPage> listBuckets(const HeldQuery& query, std::string_view type,
                                       std::span<const std::uint8_t> buckets,
                                       std::string_view after, Deadline deadline);

  /// Whether fetch() works.
  [[nodiscard]] virtual bool fetches() const { return false; }
  /// Things that it holds and we do not, as its source or receiver would give them. May be fewer.
  virtual Result<std::vector<RawItem>> fetch(const HeldQuery& query,
                                             std::span<const std::string> ids, Deadline deadline);
};

}  // namespace lianqiao
