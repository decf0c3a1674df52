#include "file_drop/mock_list.h"

#include <map>

#include "file_drop/folder.h"
#include "file_drop/open_ledger.h"
#include "kit/answers/json_at.h"
#include "kit/sheet/workbook_writer.h"
#include "kit/time/china_time.h"
#include "lianqiao/ascii.h"
#include "lianqiao/digest.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

using Table = std::vector<std::vector<std::string>>;

/// Columns in the order in which the records first name them.
Table tableOf(const std::vector<std::string>& records) {
  Table table(1);
  std::map<std::string, std::size_t> places;
  json::Document document;
  for (const std::string& record : records) {
    if (!json::parse(record, document)) continue;
    std::vector<std::string> row(table.front().size());
    for (const json::Member& member : document.root.members()) {
      const auto [place, fresh] =
          places.try_emplace(std::string(member.name), table.front().size());
      if (fresh) table.front().emplace_back(member.name);
      row.resize(table.front().size());
      row[place->second] = kit::fieldText(&member.value);
    }
    table.push_back(std::move(row));
  }
  return table;
}

std::string quotedCsv(const Table& table) {
  std::string out = "\xEF\xBB\xBF";
  for (const auto& row : table) {
    for (std::size_t i = 0; i < table.front().size(); ++i) {
      out += i > 0 ? ",\"" : "\"";
      if (i < row.size())
        for (const char c : row[i]) out.append(c == '"' ? 2 : 1, c);
      out += '"';
    }
    out += "\r\n";
  }
  return out;
}

std::string listBytes(const std::string& name, const std::vector<std::string>& records) {
  const std::string extension = lowered(fs::path(name).extension().native());
  if (extension == ".xlsx") return kit::writeWorkbook("list", tableOf(records));
  if (extension == ".csv" || extension == ".txt") return quotedCsv(tableOf(records));
  std::string lines;
  for (const std::string& record : records) lines += record + '\n';
  return lines;
}

Result<void> putFile(const Folder& folder, const std::string& name, std::string_view bytes) {
  const std::string part = "." + name + ".part";
  folder.remove(part);
  auto file = folder.create(part);
  if (!file) return file.error();
  if (auto written = writeAll(*file, bytes, folder.path() / part); !written) return written;
  return folder.replace(part, name);
}

}  // namespace

MockList::MockList(const DropSettings& settings) : settings_(settings), name_(settings) {}

Result<void> MockList::update() {
  std::set<std::string> days;
  std::error_code failed;
  for (fs::directory_iterator entry(settings_.outputFolder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const fs::path& file = entry->path();
    if (file.filename().native().starts_with('.') || !entry->is_regular_file(failed)) continue;
    if (settings_.outputManifest.ledgerOf(file.filename())) continue;
    if (!known_.insert(file).second) continue;
    if (auto taken = take(file, days); !taken) return taken;
  }
  for (const std::string& day : days)
    if (auto put = this->put(day); !put) return put;
  return {};
}

Result<void> MockList::take(const fs::path& file, std::set<std::string>& days) {
  auto content = openForReading(file);
  if (!content) return content.error();
  const auto state = stateOf(*content);
  if (!state) return state.error();
  const auto written = std::chrono::floor<std::chrono::milliseconds>(
      WallTime() + std::chrono::nanoseconds(state->changed));
  const std::string day = kit::chinaTime(written).substr(0, 10);
  auto rows = openLedger(std::move(*content), file.filename().native(), ReadOptions{});
  if (!rows) return rows.error();
  Item row;
  for (;;) {
    const auto found = (*rows)->next(row);
    if (!found) return found.error();
    if (!*found) break;
    std::string record = row.raw.body.substr(0, row.raw.body.rfind(",\"_origin\":"));
    const std::string& time = settings_.list.time;
    json::Document document;
    if (!time.empty() && json::parse(row.raw.body, document) &&
        document.root.find(time) == nullptr) {
      record += ',';
      json::writeText(time, record);
      record += ':';
      json::writeText(kit::chinaTime(written), record);
    }
    days_[day].push_back(record + '}');
    days.insert(day);
  }
  return {};
}

Result<void> MockList::put(const std::string& day) const {
  auto folder = Folder::at(name_.folder());
  if (!folder) return folder.error();
  const std::string name = name_.of(day, false);
  const std::vector<std::string>& records = days_.at(day);
  const std::string bytes = listBytes(name, records);
  if (!settings_.manifest.empty()) {
    const std::string said = "{\"rows\":" + std::to_string(records.size()) + ",\"sha256\":\"" +
                             hex(digest(Hash::sha256, bytes)) + "\"}";
    if (auto put = putFile(*folder, settings_.manifest.of(name), said); !put) return put;
  }
  if (auto put = putFile(*folder, name, bytes); !put) return put;
  return settings_.marker.empty() ? Result<void>()
                                  : putFile(*folder, settings_.marker.of(name), "");
}

}  // namespace lianqiao::file_drop
