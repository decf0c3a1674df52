#include "report/count_history.h"

#include <optional>

namespace lianqiao::report {
namespace {

class Visitor final : public history::ScanVisitor {
 public:
  explicit Visitor(Counting& counting) : counting_(counting) {}

  Wish look(const history::Envelope& record, const history::Delivery*) override {
    if (failed_) return Wish::end;
    record_ = record;
    if (!record.gone && !record.erased) return Wish::contents;
    ++gone_;
    return Wish::next;
  }
  void take(std::string_view event, std::string_view) override {
    document_.clear();
    const json::Value* data = json::parse(event, document_) ? document_.root.find("data") : nullptr;
    if (data == nullptr) {
      ++gone_;
      return;
    }
    const auto added = counting_.add(
        {record_.id, record_.type, record_.key, record_.peer, record_.high, record_.accepted},
        *data);
    if (!added) failed_ = added.error();
  }
  [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }
  [[nodiscard]] std::uint64_t gone() const { return gone_; }

 private:
  Counting& counting_;
  history::Envelope record_;
  json::Document document_;
  std::optional<Error> failed_;
  std::uint64_t gone_ = 0;
};

}  // namespace

Result<Counting> countHistory(history::HistoryStore& store, const Report& report,
                              const Period& period, WallTime now, std::uint64_t& gone) {
  Counting counting(report, period, now);
  Visitor visitor(counting);
  history::Scan scan;
  scan.types = {report.type, report.type + "_step"};
  scan.from = period.begin - report.follow;
  scan.before = period.end + report.follow;
  const auto scanned = store.scan(scan, visitor);
  if (!scanned) return scanned.error();
  if (visitor.failed()) return *visitor.failed();
  gone = visitor.gone();
  return counting;
}

}  // namespace lianqiao::report
