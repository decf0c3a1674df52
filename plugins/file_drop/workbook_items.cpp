#include "file_drop/workbook_items.h"

#include "file_drop/table_items.h"
#include "file_drop/workbook.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace {

/// A sheet and what is to become of it.
struct Plan {
  Sheet sheet;
  std::string unread;  ///< Why it is not read; empty where it is.
};

class WorkbookItems final : public ItemReader {
 public:
  WorkbookItems(std::shared_ptr<Workbook> workbook, std::vector<Plan> plans, std::string file,
                const ReadOptions& options)
      : workbook_(std::move(workbook)),
        plans_(std::move(plans)),
        file_(std::move(file)),
        options_(options) {}

  Result<bool> next(Item& item) override {
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
      auto rows = openSheet(workbook_, plan.sheet, options_, Look::whole);
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
    item.raw.problems.push_back({std::string(codes::kBadFile), "", plan.unread});
  }

  std::shared_ptr<Workbook> workbook_;
  std::vector<Plan> plans_;
  std::string file_;
  ReadOptions options_;
  std::unique_ptr<TableItems> current_;
  PassedOver finished_;
  std::size_t at_ = 0;
};

/// Looks at the beginning of every sheet and says which are read.
class Survey {
 public:
  Survey(std::shared_ptr<Workbook> workbook, const std::string& file, const ReadOptions& options)
      : workbook_(std::move(workbook)), file_(file), options_(options) {}

  Result<std::vector<Plan>> run(bool mappingsKnown) {
    const bool firstOnly = !mappingsKnown && options_.sheet.empty();
    for (const Sheet& sheet : workbook_->sheets) {
      if (!sheet.visible && !mappingsKnown) continue;
      if (auto looked = look(sheet, firstOnly && readable_ > 0); !looked) return looked.error();
    }
    if (readable_ > 0) return std::move(plans_);
    return Error{std::string(codes::kBadFile),
                 complaint_.empty() ? file_ +
                                          " has no row on any visible sheet: there is not even "
                                          "a header"
                                    : complaint_};
  }

 private:
  Result<void> look(const Sheet& sheet, bool spare) {
    auto rows = openSheet(workbook_, sheet, options_, Look::start);
    if (!rows) return rows.error();
    TableItems table(std::move(*rows), file_, sheet.name, options_);
    const auto found = table.findHeader();
    if (!found) {
      if (sheet.visible && !spare) return found.error();
      return {};
    }
    if (*found == TableItems::Found::empty) return {};
    const bool header = *found == TableItems::Found::header;
    const std::string where = file_ + ", sheet " + sheet.name;
    if (!sheet.visible) {
      if (header)
        plans_.push_back({sheet, where + " is hidden and was not read, but has the header; show "
                                         "it, or name it in `sheet`"});
    } else if (spare) {
      plans_.push_back(
          {sheet, where + " has rows and was not read; name one sheet in `sheet`, or write \"*\""});
    } else if (header) {
      plans_.push_back({sheet, {}});
      ++readable_;
    } else {
      if (complaint_.empty() || table.namesRead() > nearest_) {
        complaint_ = table.complaint();
        nearest_ = table.namesRead();
      }
      plans_.push_back({sheet, "this sheet was not read: " + table.complaint()});
    }
    return {};
  }

  std::shared_ptr<Workbook> workbook_;
  const std::string& file_;
  const ReadOptions& options_;
  std::vector<Plan> plans_;
  std::size_t readable_ = 0;
  std::size_t nearest_ = 0;
  std::string complaint_;
};

}  // namespace

Result<std::unique_ptr<ItemReader>> openWorkbookItems(Fd file, const std::string& name,
                                                      const ReadOptions& given) {
  ReadOptions options = given;
  if (!options.unmerged) options.unmerged = std::make_shared<std::set<std::string>>();
  auto workbook = openWorkbook(std::move(file), options);
  if (!workbook) return Error{workbook.error().code, name + ": " + workbook.error().detail};
  auto sheets = chooseSheets(**workbook, options.sheet);
  if (!sheets) return Error{sheets.error().code, name + ": " + sheets.error().detail};
  std::vector<Plan> plans;
  const bool one = !options.sheet.empty() && options.sheet != "*";
  if (one || (*workbook)->sheets.size() == 1) {
    for (Sheet& sheet : *sheets) plans.push_back({std::move(sheet), {}});
  } else {
    auto surveyed = Survey(*workbook, name, options).run(ColumnNames(options.shapes, options.maxColumns).known());
    if (!surveyed) return surveyed.error();
    plans = std::move(*surveyed);
  }
  return std::unique_ptr<ItemReader>(
      std::make_unique<WorkbookItems>(std::move(*workbook), std::move(plans), name, options));
}

}  // namespace lianqiao::file_drop
