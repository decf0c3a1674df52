#include "reconcile/report.h"

#include <algorithm>
#include <array>

#include "base/csv_text.h"
#include "base/rfc3339.h"
#include "lianqiao/json.h"
#include "record/redact.h"

namespace lianqiao::reconcile {
namespace {

using List = std::vector<Difference>;

struct NamedList {
  std::string_view name;
  std::string_view forPeople;  ///< In both languages: the other engineer's is not known.
  List Comparison::*list;
};

constexpr std::array<NamedList, 4> kLists{
    {{"only_ours", "missing at your side / 贵方缺少", &Comparison::onlyOurs},
     {"only_theirs", "missing at our side / 我方缺少", &Comparison::onlyTheirs},
     {"differing", "differs / 内容不同", &Comparison::differing},
     {"open", "on its way / 在途未结", &Comparison::open}}};

/// It was sent again, and they answered that they have it: their side recognises its key and does
/// not hold it.
bool confirmedAgain(const Difference& one, const Reported& about) {
  return one.confirmed > about.before && about.before != WallTime() &&
         std::find(about.missingBefore.begin(), about.missingBefore.end(), one.record) !=
             about.missingBefore.end();
}

std::string fieldsOf(const Difference& one, const Reported& about) {
  std::string names;
  for (const std::size_t field : one.fields)
    if (field < about.fields.size())
      names.append(names.empty() ? "" : ", ").append(about.fields[field]);
  return names;
}

/// Members of one JSON object or elements of one array, front to back.
class JsonText {
 public:
  JsonText& name(std::string_view name) {
    separate();
    json::writeText(name, text_);
    text_ += ':';
    comma_ = false;
    return *this;
  }
  JsonText& raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
  }
  JsonText& field(std::string_view key, std::string_view value) {
    if (value.empty()) return *this;
    name(key);
    json::writeText(value, text_);
    comma_ = true;
    return *this;
  }
  JsonText& number(std::string_view key, std::uint64_t value) {
    return name(key).raw(std::to_string(value));
  }
  JsonText& flag(std::string_view key, bool value) {
    return name(key).raw(value ? "true" : "false");
  }
  JsonText& open(char opener) {
    separate();
    text_ += opener;
    comma_ = false;
    return *this;
  }
  JsonText& close(char closer) {
    text_ += closer;
    comma_ = true;
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  void separate() {
    if (comma_) text_ += ',';
    comma_ = true;
  }
  std::string text_;
  bool comma_ = false;
};

void write(const Difference& one, const Reported& about, JsonText& json) {
  json.open('{').field("id", record::maskKey(one.identity));
  json.field("type", one.type).field("record", one.record);
  json.field("our_revision", record::maskKey(one.ourRevision));
  json.field("their_revision", record::maskKey(one.theirRevision));
  json.field("fields", fieldsOf(one, about));
  if (one.at != WallTime()) json.field("at", base::formatTime(one.at));
  if (one.confirmed != WallTime()) json.field("confirmed", base::formatTime(one.confirmed));
  if (confirmedAgain(one, about)) json.flag("confirmed_again", true);
  json.close('}');
}

std::string timeText(WallTime time) {
  return time == WallTime() ? std::string() : base::formatTime(time);
}

}  // namespace

std::string jsonOf(const Comparison& made, const Reported& about) {
  JsonText json;
  json.open('{').field("peer", about.peer).field("day", made.day);
  json.field("direction", about.out ? "out" : "in");
  json.flag("equal", made.equal()).flag("whole", made.whole);
  json.number("ours", made.ours).number("theirs", made.theirs);
  json.number("exchanges", made.exchanges);
  json.number("took_ms", static_cast<std::uint64_t>(about.took.count()));
  json.number("uncompared", about.uncompared);
  if (about.fetched) json.number("fetched", *about.fetched);
  json.name("counts").open('{');
  for (const NamedList& one : kLists) json.number(one.name, (made.*one.list).size());
  json.close('}');
  for (const NamedList& named : kLists) {
    json.name(named.name).open('[');
    const List& list = made.*named.list;
    for (std::size_t i = 0; i < std::min(list.size(), kMostTold); ++i) write(list[i], about, json);
    json.close(']');
  }
  json.name("findings").open('[');
  for (const Problem& finding : made.findings)
    json.open('{')
        .field("code", finding.code)
        .field("message", record::maskNumbers(finding.message))
        .close('}');
  return json.close(']').close('}').take();
}

std::string csvOf(const Comparison& made, const Reported& about) {
  using base::csvCell;
  using base::csvIdCell;
  const auto addLine = [](const std::vector<std::string>& cells, std::string& out) {
    base::addCsvLine(cells, out);
  };
  std::string out(base::kByteOrderMark);
  addLine({"result / 结果", "id / 编号", "type / 类型", "our record / 我方记录",
           "our revision / 我方修订", "their revision / 对方修订", "fields / 字段", "time / 时间",
           "you confirmed / 贵方确认于"},
          out);
  for (const NamedList& named : kLists) {
    const List& list = made.*named.list;
    for (std::size_t i = 0; i < std::min(list.size(), kMostTold); ++i) {
      const Difference& one = list[i];
      addLine(
          {csvCell(named.forPeople), csvIdCell(record::maskKey(one.identity)), csvCell(one.type),
           csvIdCell(one.record), csvIdCell(record::maskKey(one.ourRevision)),
           csvIdCell(record::maskKey(one.theirRevision)), csvCell(fieldsOf(one, about)),
           csvCell(timeText(one.at)), csvCell(timeText(one.confirmed))},
          out);
    }
  }
  for (const Problem& finding : made.findings)
    addLine({csvCell(finding.code), csvCell(record::maskNumbers(finding.message))}, out);
  return out;
}

}  // namespace lianqiao::reconcile
