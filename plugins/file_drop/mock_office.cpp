#include "file_drop/mock_office.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "file_drop/csv_reader.h"
#include "file_drop/drop_folder.h"
#include "file_drop/open_ledger.h"
#include "kit/sheet/workbook_writer.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"
#include "lianqiao/time.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRowsPerFile = 250;
constexpr std::size_t kKinds = 4;

const std::vector<std::string> kColumns = {"留言编号", "留言用户", "留言主题", "留言时间",
                                           "留言详情", "一级标签", "点赞数",   "反对数"};

struct Subject {
  std::string_view title;
  std::string_view detail;
  std::string_view category;
};

constexpr Subject kSubjects[] = {
    {"东风路路灯不亮", "东风路小学门口三盏路灯连续一周不亮，孩子晚上放学不安全。", "城乡建设"},
    {"河道垃圾清理", "村口小河里漂着塑料袋，天热有异味，希望尽快清理。", "环境保护"},
    {"公交线路调整", "新区到县医院没有直达公交，老人看病要换两趟车。", "交通运输"},
    {"学校周边占道", "放学时校门口摊位占道，家长停车混乱，建议划定接送区。", "教育文体"},
    {"社保缴费记录", "灵活就业人员的缴费记录在手机上查不到，窗口说系统在更新。", "劳动和社会保障"},
    {"市场计量不准", "早市有摊位缺斤少两，请设公平秤。", "商贸旅游"},
    {"村卫生室用药", "慢性病常用药经常缺货，希望补齐。", "卫生计生"},
};

std::vector<std::string> makeRow(std::size_t number, WallTime now) {
  const Subject& subject = kSubjects[number % std::size(kSubjects)];
  const CivilTime when = civilOf(now - std::chrono::minutes(number % 10'000));
  std::array<char, 96> time{};
  std::snprintf(time.data(), time.size(), "%d/%d/%d %d:%02d:%02d", when.year, when.month, when.day,
                when.hour, when.minute, when.second);
  return {std::to_string(100'000 + number),
          "U" + std::to_string(number % 977),
          std::string(subject.title),
          time.data(),
          "\n\t\t　　" + std::string(subject.detail) + "\n",
          std::string(subject.category),
          std::to_string(number % 13),
          std::to_string(number % 3)};
}

std::string csvOf(const std::vector<std::vector<std::string>>& rows) {
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) out += (i > 0 ? ",\"" : "\"") + row[i] + "\"";
    out += "\r\n";
  }
  return out;
}

std::string jsonlOf(const std::vector<std::vector<std::string>>& rows) {
  std::string out;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    out += '{';
    for (std::size_t column = 0; column < rows[i].size(); ++column) {
      if (column > 0) out += ',';
      json::writeText(rows[0][column], out);
      out += ':';
      json::writeText(rows[i][column], out);
    }
    out += "}\n";
  }
  return out;
}

struct Ledger {
  std::string extension;
  std::string bytes;
};

Ledger makeLedger(std::size_t kind, const std::vector<std::vector<std::string>>& rows) {
  if (kind == 0) return {".xlsx", kit::writeWorkbook("台账", rows)};
  if (kind == 1) return {".csv", "\xEF\xBB\xBF" + csvOf(rows)};
  if (kind == 2) return {".csv", toGb18030(csvOf(rows)).value_or("")};
  return {".jsonl", jsonlOf(rows)};
}

Result<void> dropFile(const fs::path& folder, const std::string& name, std::string_view bytes) {
  auto drop = Folder::at(folder);
  if (!drop) return drop.error();
  const std::string part = "." + name + ".part";
  auto file = drop->create(part);
  if (!file) return file.error();
  if (auto written = writeAll(*file, bytes, folder / part); !written) return written;
  auto moved = drop->move(part, *drop, name, fs::path(name).extension().native());
  if (!moved) return moved.error();
  return {};
}

void countResults(const fs::path& file, MockPeer::Taken& taken) {
  ReadOptions options;
  auto opened = openForReading(file);
  if (!opened) return;
  Pace all = withoutEnd();
  std::uint64_t at = 0;
  const auto start = findEncoding(*opened, options.encoding, all, at);
  if (!start) return;
  const auto rows = openCsv(std::make_shared<const Fd>(std::move(*opened)), *start, options, ',');
  Row row;
  for (;;) {
    const auto found = rows->next(row);
    if (!found || !*found) return;
    for (const Cell& cell : row.cells) {
      if (cell.column != 2) continue;
      taken.distinct += cell.text.ends_with("accepted") ? 1u : 0u;
      taken.doubled += cell.text.ends_with("duplicate") ? 1u : 0u;
      taken.refused += cell.text.ends_with("exception") ? 1u : 0u;
    }
  }
}

void countRecords(const fs::path& file, std::set<std::string>& seen, MockPeer::Taken& taken) {
  auto items = openLedger(file, file.filename().native(), ReadOptions{});
  if (!items) return;
  Item item;
  for (;;) {
    const auto found = (*items)->next(item);
    if (!found || !*found) return;
    const std::string& body = item.raw.body;
    const bool first = seen.insert(body.substr(0, body.rfind("\"_origin\""))).second;
    (first ? taken.distinct : taken.doubled) += 1;
  }
}

template <typename Visit>
void eachFile(const fs::path& folder, Visit visit) {
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with('.') && entry->is_regular_file(failed)) visit(entry->path());
  }
}

}  // namespace

MockOffice::MockOffice(DropSettings settings) : settings_(std::move(settings)) {
  if (!settings_.list.file.empty() && !settings_.outputFolder.empty()) list_.emplace(settings_);
  for (const fs::path& folder : {settings_.folder, settings_.outputFolder}) {
    if (!folder.empty()) eachFile(folder, [this](const fs::path& file) { before_.insert(file); });
  }
}

HttpResponse MockOffice::handle(const HttpRequest&, WallTime) {
  HttpResponse response;
  response.status = 404;
  response.body = "{\"message\":\"a drop folder has no HTTP endpoint\"}";
  return response;
}

void MockOffice::drive(MockWorld& world) {
  if (!settings_.folder.empty()) dropLedgers(world);
  while (list_) {
    if (auto listed = list_->update(); !listed)
      world.log("cannot list the day: " + listed.error().detail);
    if (!world.pause(std::chrono::milliseconds(500))) return;
  }
}

void MockOffice::dropLedgers(MockWorld& world) {
  const std::size_t total = world.records();
  const std::size_t perFile =
      std::clamp<std::size_t>((total + kKinds - 1) / kKinds, 1, kRowsPerFile);
  const std::string stamp = compactTime(world.now());
  for (std::size_t made = 0, file = 0; made < total; ++file) {
    std::vector<std::vector<std::string>> rows = {kColumns};
    for (std::size_t i = 0; i < perFile && made < total; ++i)
      rows.push_back(makeRow(made++, world.now()));
    const Ledger ledger = makeLedger(file % kKinds, rows);
    const std::string name =
        "乡镇台账 " + stamp + "-" + std::to_string(file + 1) + ledger.extension;
    if (auto dropped = dropFile(settings_.folder, name, ledger.bytes); !dropped) {
      world.log("cannot drop a ledger: " + dropped.error().detail);
      return;
    }
    world.log("dropped " + name + " with " + std::to_string(rows.size() - 1) + " rows");
    if (!world.pause(std::chrono::milliseconds(200))) return;
  }
}

MockPeer::Taken MockOffice::taken() const {
  Taken taken;
  if (!settings_.folder.empty()) {
    eachFile(settings_.folder, [&](const fs::path& file) {
      const bool result = file.native().ends_with(settings_.resultSuffix);
      if (result && !before_.contains(file)) countResults(file, taken);
    });
  }
  std::set<std::string> seen;
  if (!settings_.outputFolder.empty()) {
    eachFile(settings_.outputFolder, [&](const fs::path& file) {
      if (settings_.outputManifest.ledgerOf(file.filename())) return;
      if (!before_.contains(file)) countRecords(file, seen, taken);
    });
  }
  return taken;
}

}  // namespace lianqiao::file_drop
