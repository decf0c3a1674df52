#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Which records a term stands in, as sorted pages. Pure functions.
namespace lianqiao::history {

struct Posting {
  std::uint64_t term = 0;
  std::int64_t target = 0;  ///< Twice the number of a record; of an exception one more.
  auto operator<=>(const Posting&) const = default;
};

/// Packs postings that come in order, each once, into pages of at most kPageBytes.
class PageMaker {
 public:
  static constexpr std::size_t kPageBytes = 3900;

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] bool full() const { return bytes_.size() + kMostBytesOfOne > kPageBytes; }
  [[nodiscard]] const Posting& first() const { return first_; }
  /// REQUIRES: !full(), and greater than the one before.
  void add(const Posting& posting);
  /// It is empty after that.
  std::string take();

 private:
  static constexpr std::size_t kMostBytesOfOne = 20;
  std::string bytes_;
  Posting first_;
  Posting last_;
};

/// Appends those of a page that begins with `first`; false where it is damaged.
[[nodiscard]] bool readPage(std::string_view bytes, std::uint64_t first, std::vector<Posting>& out);

/// Sorted, each once.
void sortPostings(std::vector<Posting>& postings);

}  // namespace lianqiao::history
