#include <optional>

#include "file_drop/csv_reader.h"
#include "file_drop/table_items.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kDelimiters = ",;\t|";

Error senseless(const std::string& name) {
  return Error{codes::kBadEncoding,
               name +
                   ": its text makes no sense in UTF-8 or GB18030; name what it is in "
                   "`encoding`, such as big5, or save it as UTF-8"};
}

/// Finds encoding, delimiter and header with the first call of next(), in steps.
class TextTable final : public ItemReader {
 public:
  TextTable(std::shared_ptr<const Fd> file, std::string name, const ReadOptions& options)
      : file_(std::move(file)), name_(std::move(name)), options_(options) {}

  Result<bool> next(Item& item) override {
    if (!decided_) {
      if (auto decided = decide(); !decided) return decided.error();
      decided_ = true;
    }
    return best_->next(item);
  }
  [[nodiscard]] PassedOver passedOver() const override {
    return best_ ? best_->passedOver() : PassedOver();
  }

 private:
  using Found = TableItems::Found;

  [[nodiscard]] std::unique_ptr<TableItems> open(char guess) const {
    return std::make_unique<TableItems>(openCsv(file_, start_, options_, guess), name_, "",
                                        options_);
  }

  Result<void> begin() {
    if (best_) return {};
    Pace all = withoutEnd();
    const auto start =
        findEncoding(*file_, options_.encoding, options_.pace ? *options_.pace : all, looked_);
    if (!start) return start.error();
    start_ = *start;
    best_ = open(0);
    return {};
  }

  Result<void> decide() {
    if (auto begun = begin(); !begun) return begun;
    if (!found_) {
      const auto found = best_->findHeader();
      if (!found) return found.error();
      found_ = *found;
    }
    if (*found_ == Found::empty && !options_.shapes.empty())
      return Error{codes::kBadFile, name_ + " is empty: there is not even a header"};
    if (auto tried = tryOthers(); !tried) return tried;
    const bool understood = best_->namesRead() > 0;
    if (start_.doubtful && !understood) return senseless(name_);
    if (*found_ == Found::none) return Error{codes::kBadFile, best_->complaint()};
    return {};
  }

  /// A title above the header need not hold what parts the columns.
  Result<void> tryOthers() {
    if (options_.delimiter != 0) return {};
    for (; *found_ == Found::none && tried_ < kDelimiters.size(); ++tried_) {
      if (!other_) other_ = open(kDelimiters[tried_]);
      const auto there = other_->findHeader();
      if (!there && isPaused(there.error())) return there.error();
      if (there && (*there == Found::header || other_->namesRead() > best_->namesRead())) {
        best_ = std::move(other_);
        found_ = *there;
      }
      other_.reset();
    }
    return {};
  }

  std::shared_ptr<const Fd> file_;
  TextStart start_;           ///< Once `best_` is there.
  std::uint64_t looked_ = 0;  ///< For it, in the file.
  std::string name_;
  ReadOptions options_;
  std::unique_ptr<TableItems> best_;
  std::optional<Found> found_;  ///< In `best_`.
  std::unique_ptr<TableItems> other_;
  std::size_t tried_ = 0;
  bool decided_ = false;
};

}  // namespace

Result<std::unique_ptr<ItemReader>> openTextTable(Fd file, const std::string& name,
                                                  const ReadOptions& options) {
  return std::unique_ptr<ItemReader>(
      std::make_unique<TextTable>(std::make_shared<const Fd>(std::move(file)), name, options));
}

}  // namespace lianqiao::file_drop
