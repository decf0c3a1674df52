#include "file_drop/workbook.h"

#include <charconv>
#include <map>
#include <set>

#include "file_drop/xml_stream.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kMaxStyles = 70'000;
constexpr std::size_t kMaxSheets = 1'000;
constexpr std::size_t kMaxSheetName = 255;  // bytes; a spreadsheet allows 31 characters
constexpr std::size_t kMaxCode = 765;       // bytes; a spreadsheet allows 255 characters
constexpr std::uint64_t kMaxPart = 32u << 20;

Error badFile(std::string detail) { return Error{codes::kBadFile, std::move(detail)}; }

struct Relation {
  std::string type;    ///< Last word of the type's URI, the same for transitional and strict.
  std::string target;  ///< Part name.
};

/// "../a/b" against the folder of `base`; "/a/b" from the root.
std::string resolvePart(std::string_view base, std::string_view target) {
  std::string path = target.starts_with('/')
                         ? std::string(target)
                         : std::string(base.substr(0, base.rfind('/') + 1)) + std::string(target);
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, slash - at);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(std::move(part));
    }
    at = slash + 1;
  }
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "/") + part;
  return out;
}

class RelationsHandler final : public XmlHandler {
 public:
  explicit RelationsHandler(std::string_view base) : base_(base) {}
  void onStart(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "Relationship" || relations.size() >= kMaxSheets * 10) return;
    const std::string_view type = attributes.get("Type");
    relations[std::string(attributes.get("Id"))] = {std::string(type.substr(type.rfind('/') + 1)),
                                                    resolvePart(base_, attributes.get("Target"))};
  }
  std::map<std::string, Relation, std::less<>> relations;

 private:
  std::string base_;
};

class WorkbookHandler final : public XmlHandler {
 public:
  WorkbookHandler(Workbook& workbook, const std::map<std::string, Relation, std::less<>>& relations)
      : workbook_(workbook), relations_(relations) {}

  void onStart(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "workbookPr") {
      const std::string_view value = attributes.get("date1904");
      workbook_.date1904 = value == "1" || value == "true";
    }
    if (name != "sheet" || workbook_.sheets.size() >= kMaxSheets) return;
    const auto relation = relations_.find(attributes.get("id"));
    if (relation == relations_.end() || relation->second.type != "worksheet") return;
    const std::string_view state = attributes.get("state");
    // It stands in every item of the sheet.
    if (attributes.get("name").size() > kMaxSheetName)
      failure = badFile("the workbook is damaged: the name of a sheet is longer than 255 bytes");
    workbook_.sheets.push_back({std::string(attributes.get("name")), relation->second.target,
                                state != "hidden" && state != "veryHidden"});
  }

 private:
  Workbook& workbook_;
  const std::map<std::string, Relation, std::less<>>& relations_;
};

class StylesHandler final : public XmlHandler {
 public:
  explicit StylesHandler(std::vector<CellFormat>& formats) : formats_(formats) {}

  void onStart(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "cellXfs") inCells_ = true;
    const std::string_view id = attributes.get("numFmtId");
    unsigned number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    if (name == "numFmt" && custom_.size() < kMaxStyles) {
      const std::string_view code = attributes.get("formatCode");
      // Every style that uses it gets a copy.
      custom_[number] = {formatOfCode(code),
                         code.size() > kMaxCode ? std::string() : pictureOfCode(code)};
    }
    if (name != "xf" || !inCells_ || formats_.size() >= kMaxStyles) return;
    const auto found = custom_.find(number);
    formats_.push_back(found == custom_.end() ? CellFormat{builtinFormat(number), {}}
                                              : found->second);
  }
  void onEnd(std::string_view name) override {
    if (name == "cellXfs") inCells_ = false;
  }

 private:
  std::vector<CellFormat>& formats_;
  std::map<unsigned, CellFormat> custom_;
  bool inCells_ = false;
};

Result<void> readPart(const ZipArchive& archive, const std::string& name, XmlHandler& handler) {
  const ZipEntry* entry = archive.find(name);
  if (entry == nullptr) return badFile("the workbook is damaged: its part " + name + " is missing");
  if (entry->unpacked > kMaxPart) {
    return Error{codes::kDecodeLimit,
                 "the workbook's part " + name +
                     " unpacks to more than 32 MiB; copy its sheets into a new workbook"};
  }
  auto stream = archive.streamAtOnce(*entry);
  if (!stream) return stream.error();
  return XmlStream(std::move(*stream), handler, entry->name).readAll();
}

Result<std::string> findMainPart(const ZipArchive& archive) {
  if (archive.find("mimetype") != nullptr && archive.find("content.xml") != nullptr) {
    return badFile("this is an OpenDocument file (.ods); save it as .xlsx");
  }
  if (archive.find("xl/workbook.bin") != nullptr) {
    return badFile("this is a binary workbook (.xlsb); save it as .xlsx");
  }
  if (archive.find("_rels/.rels") == nullptr) {
    return badFile(
        "this is a ZIP archive but not a workbook; drop the .xlsx, .csv or .jsonl itself");
  }
  RelationsHandler root("");
  if (auto read = readPart(archive, "_rels/.rels", root); !read) return read.error();
  for (const auto& [id, relation] : root.relations) {
    if (relation.type == "officeDocument") return relation.target;
  }
  return badFile("this Office file holds no workbook; save it as .xlsx");
}

/// Each part is unpacked once for what names it: a sheet has one of its own.
Result<void> checkParts(const Workbook& workbook) {
  std::set<const ZipEntry*> taken;
  for (const Sheet& sheet : workbook.sheets) {
    const ZipEntry* part = workbook.archive.find(sheet.part);
    if (part != nullptr && !taken.insert(part).second)
      return badFile("the workbook is damaged: two of its sheets are one; save it again");
  }
  return {};
}

/// The part of this type; nullptr where there is none.
Result<const ZipEntry*> onlyPart(const ZipArchive& archive, const RelationsHandler& relations,
                                 std::string_view type) {
  const ZipEntry* only = nullptr;
  for (const auto& [id, relation] : relations.relations) {
    if (relation.type != type) continue;
    const ZipEntry* found = archive.find(relation.target);
    if (found != nullptr && only != nullptr && found != only)
      return badFile("the workbook is damaged: it has two parts " + std::string(type) +
                     "; save it again");
    if (found != nullptr) only = found;
  }
  return only;
}

}  // namespace

Result<const ZipEntry*> partOf(const Workbook& workbook, const Sheet& sheet) {
  if (const ZipEntry* entry = workbook.archive.find(sheet.part); entry != nullptr) return entry;
  return badFile("the workbook is damaged: the sheet " + sheet.name + " is missing from it");
}

Result<std::shared_ptr<Workbook>> openWorkbook(Fd file, const ReadOptions& options) {
  auto archive = ZipArchive::open(std::move(file), options.maxUnpacked, options.pace);
  if (!archive) return archive.error();
  auto workbook = std::make_shared<Workbook>();
  workbook->archive = std::move(*archive);
  const ZipArchive& parts = workbook->archive;
  const auto main = findMainPart(parts);
  if (!main) return main.error();

  const std::size_t slash = main->rfind('/') + 1;
  RelationsHandler relations(*main);
  const std::string relationsPart =
      main->substr(0, slash) + "_rels/" + main->substr(slash) + ".rels";
  if (auto read = readPart(parts, relationsPart, relations); !read) return read.error();
  WorkbookHandler handler(*workbook, relations.relations);
  if (auto read = readPart(parts, *main, handler); !read) return read.error();
  if (workbook->sheets.empty()) return badFile("the workbook has no worksheet");
  if (auto apart = checkParts(*workbook); !apart) return apart.error();

  workbook->strings = std::make_unique<SharedStrings>(options.scratch, options.maxCell);
  const auto strings = onlyPart(parts, relations, "sharedStrings");
  if (!strings) return strings.error();
  workbook->stringsPart = *strings;
  const auto styles = onlyPart(parts, relations, "styles");
  if (!styles) return styles.error();
  if (*styles == nullptr) return workbook;
  StylesHandler handleStyles(workbook->formats);
  if (auto read = readPart(parts, (*styles)->name, handleStyles); !read) return read.error();
  return workbook;
}

Result<std::vector<Sheet>> chooseSheets(const Workbook& workbook, const std::string& wanted) {
  std::vector<Sheet> chosen;
  std::string names;
  for (const Sheet& sheet : workbook.sheets) {
    names += (names.empty() ? "" : ", ") + sheet.name;
    const bool fits = wanted.empty() || wanted == "*" ? sheet.visible : sheet.name == wanted;
    if (fits && (chosen.empty() || wanted.empty() || wanted == "*")) chosen.push_back(sheet);
  }
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (chosen.empty() && failed == std::errc() && end == wanted.data() + wanted.size() &&
      number >= 1 && number <= workbook.sheets.size()) {
    chosen.push_back(workbook.sheets[number - 1]);
  }
  if (!chosen.empty()) return chosen;
  if (wanted.empty() || wanted == "*") {
    return badFile("every sheet of the workbook is hidden; name the one to read in `sheet`: " +
                   names);
  }
  return badFile("the workbook has no sheet \"" + wanted + "\"; there are: " + names);
}

}  // namespace lianqiao::file_drop
