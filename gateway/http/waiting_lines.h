#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace lianqiao::http {

/// The connections that may be closed for others to come in, each in at most one of two lines,
/// those that have waited longest in front. Every call is O(1). Not thread-safe.
class WaitingLines {
 public:
  enum class Line : std::uint8_t {
    none,
    spare,    ///< Never proved a caller, or its answer has been given: goes first.
    resting,  ///< A proved caller's, between two requests.
  };
  static constexpr std::uint32_t kNobody = ~std::uint32_t{0};
  struct Place {
    Line line = Line::none;
    std::uint32_t before = kNobody;
    std::uint32_t behind = kNobody;
  };
  /// By slot. Several WaitingLines may share them where no slot is in two.
  using Places = std::vector<Place>;

  /// Puts the slot at the end of that line, out of the one of ours where it is.
  void move(Places& places, std::uint32_t slot, Line line);
  /// Whose turn it is to go.
  [[nodiscard]] std::optional<std::uint32_t> first() const;

 private:
  struct Ends {
    std::uint32_t front = kNobody;
    std::uint32_t back = kNobody;
  };
  Ends& endsOf(Line line) { return line == Line::spare ? spare_ : resting_; }

  Ends spare_;
  Ends resting_;
};

}  // namespace lianqiao::http
