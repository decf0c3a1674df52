#include "file_drop/workbook_items.h"

#include <optional>

#include "file_drop/table_items.h"
#include "file_drop/workbook.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kMostMerged = 500'000;  // of all sheets that are read

/// A sheet and what is to become of it.
struct Plan {
  Sheet sheet;
  std::string unread;  ///< Why it is not read; empty where it is.
  MergedList merged;   ///< Of one that is read.
};

/// Looks at every sheet once, in steps, and says which are read.
class Survey {
 public:
  /// `judged`: only sheets with a header are read, with `firstOnly` only the first of them; else
  /// all of `sheets` are.
  Survey(std::shared_ptr<Workbook> workbook, std::vector<Sheet> sheets, std::string file,
         const ReadOptions& options, bool judged, bool firstOnly)
      : workbook_(std::move(workbook)),
        sheets_(std::move(sheets)),
        file_(std::move(file)),
        options_(options),
        judged_(judged),
        firstOnly_(firstOnly) {}

  /// Goes on; fails with paused() until all are seen.
  Result<void> go() {
    if (workbook_->stringsPart != nullptr) {
      auto loaded = workbook_->strings->load(workbook_->archive, *workbook_->stringsPart);
      if (!loaded && isPaused(loaded.error())) return loaded;
      if (!loaded) return Error{loaded.error().code, file_ + ": " + loaded.error().detail};
    }
    for (; at_ < sheets_.size(); ++at_) {
      if (auto looked = look(sheets_[at_]); !looked) return looked;
      scan_.reset();
      merged_.reset();
      table_.reset();
    }
    if (readable_ > 0) return {};
    return Error{codes::kBadFile, complaint_.empty()
                                      ? file_ +
                                            " has no row on any visible sheet: there is not even "
                                            "a header"
                                      : complaint_};
  }

  /// REQUIRES: go() has succeeded.
  [[nodiscard]] std::vector<Plan>& plans() { return plans_; }

 private:
  Result<void> look(const Sheet& sheet) {
    if (auto found = findMerged(sheet); !found) return found;
    if (!judged_) {
      read(sheet);
      return {};
    }
    if (!table_) {
      auto rows = openSheet(workbook_, sheet, merged_, options_);
      if (!rows) return rows.error();
      table_.emplace(std::move(*rows), file_, sheet.name, options_);
    }
    const bool spare = firstOnly_ && readable_ > 0;
    const auto found = table_->findHeader();
    if (!found && (isPaused(found.error()) || (sheet.visible && !spare))) return found.error();
    if (found && *found != TableItems::Found::empty)
      judge(sheet, spare, *found == TableItems::Found::header);
    return {};
  }

  Result<void> findMerged(const Sheet& sheet) {
    if (merged_) return {};
    if (!scan_) {
      const auto part = partOf(*workbook_, sheet);
      if (!part) return part.error();
      if (options_.unmerged && options_.unmerged->contains(sheet.part)) {
        merged_ = std::make_shared<const std::vector<MergedCells>>();
        return {};
      }
      scan_.emplace(workbook_->archive, **part, options_.maxColumns, mergedLeft_);
    }
    auto found = scan_->go();
    if (!found) return found.error();
    merged_ = std::move(*found);
    if (options_.unmerged && merged_->empty()) options_.unmerged->insert(sheet.part);
    return {};
  }

  void read(const Sheet& sheet) {
    mergedLeft_ -= merged_->size();
    plans_.push_back({sheet, {}, merged_});
    ++readable_;
  }

  void leave(const Sheet& sheet, std::string why) { plans_.push_back({sheet, std::move(why), {}}); }

  void judge(const Sheet& sheet, bool spare, bool header) {
    const std::string where = file_ + ", sheet " + sheet.name;
    if (!sheet.visible) {
      if (header)
        leave(sheet, where +
                         " is hidden and was not read, but has the header; show it, or name it "
                         "in `sheet`");
    } else if (spare) {
      leave(sheet, where + " has rows and was not read; name one sheet in `sheet`, or write \"*\"");
    } else if (header) {
      read(sheet);
    } else {
      if (complaint_.empty() || table_->namesRead() > nearest_) {
        complaint_ = table_->complaint();
        nearest_ = table_->namesRead();
      }
      leave(sheet, "this sheet was not read: " + table_->complaint());
    }
  }

  std::shared_ptr<Workbook> workbook_;
  std::vector<Sheet> sheets_;
  std::string file_;
  ReadOptions options_;
  bool judged_;
  bool firstOnly_;
  std::size_t at_ = 0;
  std::optional<MergedScan> scan_;  ///< Of the sheet at `at_`, as are the next two.
  MergedList merged_;
  std::optional<TableItems> table_;
  std::size_t mergedLeft_ = kMostMerged;
  std::vector<Plan> plans_;
  std::size_t readable_ = 0;
  std::size_t nearest_ = 0;
  std::string complaint_;
};

class WorkbookItems final : public ItemReader {
 public:
  WorkbookItems(std::shared_ptr<Workbook> workbook, std::vector<Sheet> sheets, std::string file,
                const ReadOptions& options, bool judged, bool firstOnly)
      : workbook_(std::move(workbook)), file_(std::move(file)), options_(options) {
    survey_.emplace(workbook_, std::move(sheets), file_, options_, judged, firstOnly);
  }

  Result<bool> next(Item& item) override {
    if (survey_) {
      if (auto seen = survey_->go(); !seen) return seen.error();
      plans_ = std::move(survey_->plans());
      survey_.reset();
    }
    for (;;) {
      if (current_) {
        auto found = current_->next(item);
        if (!found || *found) return found;
        finished_.rows += current_->passedOver().rows;
        finished_.places = joined(current_->passedOver().places);
        current_.reset();
      }
      if (at_ == plans_.size()) return false;
      const Plan& plan = plans_[at_++];
      if (!plan.unread.empty()) {
        name(plan, item);
        return true;
      }
      auto rows = openSheet(workbook_, plan.sheet, plan.merged, options_);
      if (!rows) return rows.error();
      current_ = std::make_unique<TableItems>(std::move(*rows), file_, plan.sheet.name, options_);
    }
  }

  [[nodiscard]] PassedOver passedOver() const override {
    PassedOver all = finished_;
    if (!current_) return all;
    const PassedOver more = current_->passedOver();
    return {all.rows + more.rows, joined(more.places)};
  }

 private:
  [[nodiscard]] std::string joined(const std::string& places) const {
    constexpr std::size_t kLongest = 1'000;
    if (places.empty() || finished_.places.size() > kLongest) return finished_.places;
    return finished_.places.empty() ? places : finished_.places + ", " + places;
  }

  /// The item that says that a sheet was not read.
  void name(const Plan& plan, Item& item) const {
    item = {};
    item.sheet = plan.sheet.name;
    item.raw.origin = file_ + ", sheet " + plan.sheet.name;
    item.raw.body = "{\"_origin\":{\"file\":";
    json::writeText(file_, item.raw.body);
    item.raw.body += ",\"sheet\":";
    json::writeText(plan.sheet.name, item.raw.body);
    item.raw.body += "}}";
    item.raw.problems.push_back({codes::kBadFile, "", plan.unread});
  }

  std::shared_ptr<Workbook> workbook_;
  std::string file_;
  ReadOptions options_;
  std::optional<Survey> survey_;  ///< Until all sheets are seen.
  std::vector<Plan> plans_;
  std::unique_ptr<TableItems> current_;
  PassedOver finished_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<ItemReader>> openWorkbookItems(Fd file, const std::string& name,
                                                      const ReadOptions& options) {
  auto workbook = openWorkbook(std::move(file), options);
  if (!workbook) return Error{workbook.error().code, name + ": " + workbook.error().detail};
  const bool one = !options.sheet.empty() && options.sheet != "*";
  const bool judged = !one && (*workbook)->sheets.size() > 1;
  const bool known = ColumnNames(options.shapes, options.maxColumns).known();
  auto sheets = chooseSheets(**workbook, options.sheet);
  if (!sheets) return Error{sheets.error().code, name + ": " + sheets.error().detail};
  // Where the mappings are known a hidden sheet with the header is named.
  if (judged && known) *sheets = (*workbook)->sheets;
  return std::unique_ptr<ItemReader>(
      std::make_unique<WorkbookItems>(std::move(*workbook), std::move(*sheets), name, options,
                                      judged, !known && options.sheet.empty()));
}

}  // namespace lianqiao::file_drop
