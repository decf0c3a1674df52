#include "history/postings.h"

#include <algorithm>
#include <utility>

#include "history/block_codec.h"

namespace lianqiao::history {
namespace {

// Targets of neighbours lie near each other, before or behind.
std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace

void PageMaker::add(const Posting& posting) {
  if (bytes_.empty()) {
    first_ = posting;
    last_ = {posting.term, 0};
  }
  appendNumber(posting.term - last_.term, bytes_);
  appendNumber(zigzag(posting.target - last_.target), bytes_);
  last_ = posting;
}

std::string PageMaker::take() { return std::exchange(bytes_, {}); }

bool readPage(std::string_view bytes, std::uint64_t first, std::vector<Posting>& out) {
  Posting posting{first, 0};
  while (!bytes.empty()) {
    const auto step = takeNumber(bytes);
    const auto target = takeNumber(bytes);
    if (!step || !target) return false;
    posting.term += *step;
    posting.target += unzigzag(*target);
    out.push_back(posting);
  }
  return true;
}

void sortPostings(std::vector<Posting>& postings) {
  std::sort(postings.begin(), postings.end());
  postings.erase(std::unique(postings.begin(), postings.end()), postings.end());
}

}  // namespace lianqiao::history
