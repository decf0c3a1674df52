#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/counterpart.h"

namespace lianqiao::reconcile {

/// One thing as we hold it.
struct OurThing {
  std::string identity;  ///< By which both sides know it.
  std::string revision;
  std::string content;                  ///< heldContent() of the compared fields.
  std::vector<std::uint64_t> fields{};  ///< Digests of each, to tell which differ.
  std::string record;                   ///< Id.
  std::string type;
  WallTime at{};         ///< What puts it into the day.
  WallTime confirmed{};  ///< When the other side last said that it has it; 0: never.
  enum class State : std::uint8_t {
    settled,
    open,   ///< On its way, or too young: the other side need not have it yet, and may.
    beside  ///< Of the day before or after, near midnight: the other side may count it to this one.
  };
  State state = State::settled;
};

/// Digest of one field, for OurThing::fields.
[[nodiscard]] std::uint64_t fieldDigest(std::string_view field);

/// What we hold of one day. Filled, sealed, then read by any thread.
class OurDay {
 public:
  using Buckets = std::array<HeldSum, kHeldBuckets>;
  struct Kept : OurThing {
    std::uint8_t bucket = 0;
  };

  /// Of two of one identity and type the later one counts: it is what the other side holds by now.
  void add(OurThing thing);
  /// No add() after it.
  void seal();

  /// Of the settled ones, by type.
  [[nodiscard]] const std::vector<HeldGroup>& groups() const { return groups_; }
  /// Of the settled ones of a type; of all where it is empty.
  [[nodiscard]] Buckets buckets(std::string_view type) const;
  /// Settled or not, by bucket and identity.
  [[nodiscard]] std::span<const Kept> things() const { return things_; }
  [[nodiscard]] std::span<const Kept> inBucket(std::uint8_t bucket) const;
  [[nodiscard]] std::size_t size() const { return things_.size(); }

 private:
  std::vector<Kept> things_;
  std::array<std::size_t, kHeldBuckets + 1> begins_{};
  std::vector<HeldGroup> groups_;
};

}  // namespace lianqiao::reconcile
