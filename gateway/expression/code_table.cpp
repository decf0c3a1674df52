#include "expression/code_table.h"

#include <algorithm>

#include "expression/clean.h"
#include "expression/reading.h"
#include "times/time_text.h"

namespace lianqiao::expression {
namespace {

constexpr std::string_view kTableKeys[] = {"table", "version",      "title",      "unmapped",
                                           "other", "other_theirs", "after_last", "entries"};
constexpr std::string_view kEntryKeys[] = {"theirs", "ours",      "text", "from",
                                           "until",  "preferred", "note"};
constexpr std::string_view kUnmappedWords[] = {"refuse", "other"};

std::string normalized(std::string_view code) {
  std::string buffer;
  return std::string(comparable(code, buffer));
}

std::optional<Day> readDay(const yaml::YamlNode* node, yaml::Findings& findings) {
  if (node == nullptr) return std::nullopt;
  static const times::TimeFormat format = times::TimeFormat::compile("yyyy-MM-dd").value();
  const std::optional<times::TimeReading> read = format.read(node->text(), times::ZoneOffset(0));
  if (read) return std::chrono::floor<std::chrono::days>(read->time);
  findings.add(node->finding("`" + node->text() + "` is no date", "write it as 2026-01-31"));
  return std::nullopt;
}

bool covers(const CodeTable::Entry& entry, Day day) {
  return (!entry.from || *entry.from <= day) && (!entry.until || day <= *entry.until);
}

bool overlap(const CodeTable::Entry& a, const CodeTable::Entry& b) {
  const bool aBefore = a.until && b.from && *a.until < *b.from;
  const bool bBefore = b.until && a.from && *b.until < *a.from;
  return !aBefore && !bBefore;
}

}  // namespace

std::shared_ptr<const CodeTable> CodeTable::compile(const std::string& name,
                                                    const yaml::YamlNode& node,
                                                    yaml::Findings& findings) {
  const std::size_t before = findings.all().size();
  auto table = std::make_shared<CodeTable>();
  table->name_ = name;
  if (!node.isMap()) {
    findings.add(node.finding("a code table is a map with `table` and `entries`"));
    return nullptr;
  }
  checkKeys(node, kTableKeys, findings);
  const yaml::YamlNode* const named = node.find("table");
  if (named == nullptr || named->text() != name) {
    findings.add((named == nullptr ? node : *named)
                     .finding("the name differs from the file's", "write table: " + name));
  }
  if (const yaml::YamlNode* n = node.find("after_last"))
    table->afterLast_ = readText(*n, findings).value_or("");
  if (const yaml::YamlNode* n = node.find("other"))
    table->other_ = readText(*n, findings).value_or("");
  if (const yaml::YamlNode* n = node.find("other_theirs"))
    table->otherTheirs_ = readText(*n, findings).value_or("");
  const yaml::YamlNode* const unmapped = node.find("unmapped");
  const bool other = unmapped != nullptr && readWord(*unmapped, kUnmappedWords, findings) == 1u;
  if (other && table->other_.empty()) {
    findings.add(
        unmapped->finding("`unmapped: other` needs the code to use", "add other: \"99\", say"));
  }
  if (!other && !table->other_.empty()) {
    findings.add(node.find("other")->finding("`other` has no effect",
                                             "add unmapped: other, or take it out"));
  }
  const yaml::YamlNode* const entries = node.find("entries");
  if (entries == nullptr || !entries->isList() || entries->items().empty()) {
    findings.add((entries == nullptr ? node : *entries)
                     .finding("`entries` must be a list with at least one entry"));
    return nullptr;
  }
  table->entries_.reserve(entries->items().size());
  std::vector<const yaml::YamlNode*> places;
  for (const yaml::YamlNode& item : entries->items()) {
    if (table->readEntry(item, findings)) places.push_back(&item);
  }
  table->indexEntries(places, findings);
  return findings.all().size() == before ? table : nullptr;
}

bool CodeTable::readEntry(const yaml::YamlNode& node, yaml::Findings& findings) {
  const yaml::YamlNode* const theirs = node.find("theirs");
  const yaml::YamlNode* const ours = node.find("ours");
  if (theirs == nullptr || ours == nullptr) {
    findings.add(node.finding("an entry needs `theirs` and `ours`",
                              "write {theirs: \"10\", ours: direct_reply, text: 直接答复}"));
    return false;
  }
  checkKeys(node, kEntryKeys, findings);
  Entry entry;
  std::optional<std::vector<std::string>> codes = readTexts(*theirs, findings);
  std::optional<std::string> code = readText(*ours, findings);
  if (!codes || !code) return false;
  for (const std::string& one : *codes) {
    if (normalized(one).empty()) {
      findings.add(theirs->finding("an empty code never comes: what is empty counts as absent",
                                   "take it out; for absent values write default: in the mapping"));
    }
  }
  if (normalized(*code).empty())
    findings.add(ours->finding("`ours` is empty", "write the code that records have"));
  entry.theirs = std::move(*codes);
  entry.ours = std::move(*code);
  if (const yaml::YamlNode* n = node.find("text")) entry.text = readText(*n, findings).value_or("");
  if (const yaml::YamlNode* n = node.find("preferred"))
    entry.preferred = readFlag(*n, findings).value_or(false);
  entry.from = readDay(node.find("from"), findings);
  entry.until = readDay(node.find("until"), findings);
  if (entry.from && entry.until && *entry.until < *entry.from) {
    findings.add(node.finding("`until` lies before `from`"));
  }
  entries_.push_back(std::move(entry));
  return true;
}

void CodeTable::indexEntries(const std::vector<const yaml::YamlNode*>& places,
                             yaml::Findings& findings) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    for (const std::string& code : entry.theirs) {
      std::vector<const Entry*>& same = theirs_[normalized(code)];
      if (std::any_of(same.begin(), same.end(),
                      [&](const Entry* e) { return overlap(*e, entry); })) {
        findings.add(
            places[i]->finding("theirs `" + code + "` stands in two entries at the same time",
                               "keep one, or give them days with from and until"));
      }
      same.push_back(&entry);
    }
    std::vector<const Entry*>& same = ours_[normalized(entry.ours)];
    same.insert(entry.preferred ? same.begin() : same.end(), &entry);
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const std::vector<const Entry*>& same = ours_[normalized(entry.ours)];
    const auto settled = [&](const Entry* e) {
      return e != &entry && e->preferred && overlap(*e, entry);
    };
    const auto rival = [&](const Entry* e) {
      return e < &entry && e->preferred == entry.preferred && overlap(*e, entry);
    };
    if (!entry.preferred && std::any_of(same.begin(), same.end(), settled)) continue;
    if (std::any_of(same.begin(), same.end(), rival)) {
      findings.add(places[i]->finding(
          "ours `" + entry.ours + "` could go out as the code of two entries",
          "put both codes into one entry (theirs: [\"1\", \"2\"], the first goes out) "
          "or mark one with preferred: true"));
    }
  }
}

const CodeTable::Entry* CodeTable::effective(const Index& index, std::string_view code, Day day) {
  const auto at = index.find(code);
  if (at == index.end()) return nullptr;
  for (const Entry* entry : at->second) {
    if (covers(*entry, day)) return entry;
  }
  return nullptr;
}

const CodeTable::Entry* CodeTable::byTheirs(std::string_view code, Day day) const {
  std::string buffer;
  code = comparable(code, buffer);
  if (!afterLast_.empty()) {
    const std::size_t last = code.rfind(afterLast_);
    if (last != std::string_view::npos) code.remove_prefix(last + afterLast_.size());
  }
  return effective(theirs_, code, day);
}

const CodeTable::Entry* CodeTable::byOurs(std::string_view code, Day day) const {
  std::string buffer;
  return effective(ours_, comparable(code, buffer), day);
}

}  // namespace lianqiao::expression
