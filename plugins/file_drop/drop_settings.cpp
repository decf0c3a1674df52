#include "file_drop/drop_settings.h"

#include <strings.h>

#include <algorithm>
#include <stdexcept>

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kEncodings[] = {"auto", "utf-8",     "gbk",    "gb18030",
                                           "big5", "shift_jis", "euc-kr", "latin1"};
constexpr std::string_view kDelimiters[] = {"auto", "comma", "semicolon", "tab", "pipe"};
constexpr std::string_view kMerged[] = {"fill", "refuse"};
constexpr std::string_view kExpect[] = {"any", "rows"};
constexpr std::string_view kShortRows[] = {"refuse", "accept"};
constexpr std::string_view kFormats[] = {"jsonl", "csv"};
constexpr std::string_view kModes[] = {"0600", "0640", "0644", "0660", "0664"};

constexpr FieldSpec kFields[] = {
    {.name = "folder",
     .kind = FieldKind::path,
     .doc = "Folder that ledgers are dropped into; leave it out when this peer only takes records.",
     .docZh = "投放台账的文件夹；若该对端只接收记录，可不填。",
     .example = "/srv/lianqiao/town-ledger",
     .sole = true},
    {.name = "pattern",
     .kind = FieldKind::text,
     .doc =
         "File names that are taken, separated by commas, with * and ? as wildcards, in any case.",
     .docZh = "要读取的文件名，用逗号分隔，可用通配符 * 和 ?，不分大小写。",
     .fallback = "*.xlsx,*.xlsm,*.xls,*.xlsb,*.ods,*.csv,*.tsv,*.txt,*.jsonl,*.ndjson"},
    {.name = "encoding",
     .kind = FieldKind::choice,
     .doc = "Encoding of CSV files; auto looks at the file (a byte order mark always counts).",
     .docZh = "CSV 文件的编码；auto 表示按内容判断（有 BOM 时总以 BOM 为准）。",
     .fallback = "auto",
     .choices = kEncodings},
    {.name = "delimiter",
     .kind = FieldKind::choice,
     .doc = "What separates the columns of CSV files; auto looks at the header.",
     .docZh = "CSV 文件的列分隔符；auto 表示按表头判断。",
     .fallback = "auto",
     .choices = kDelimiters},
    {.name = "sheet",
     .kind = FieldKind::text,
     .doc = "Sheet of a workbook by name or number from 1: the others are not looked at. Left out, "
            "or *, every visible sheet with the header is read and one without it is named.",
     .docZh = "只读工作簿中的这个工作表：名称或从 1 起的序号，其他表不看。不填或写 * 则读取所有"
              "有表头的可见表，没有表头的表逐一指明。",
     .example = "台账"},
    {.name = "header_row",
     .kind = FieldKind::integer,
     .doc = "Row or line that names the columns, from 1; 0 finds it by the names that the mappings "
            "read.",
     .docZh = "表头所在行，从 1 起；0 表示按映射所读的列名查找。",
     .fallback = "0",
     .least = "0",
     .most = "1048576"},
    {.name = "id_columns",
     .kind = FieldKind::list,
     .doc = "Columns that together are a row's own id; leave it out when the mapping says so.",
     .docZh = "合起来作为该行自身编号的列；由映射指定时不填。",
     .example = "[留言编号, 留言用户]"},
    {.name = "short_rows",
     .kind = FieldKind::choice,
     .doc = "What to do with CSV rows that have fewer fields than the header: refuse quarantines "
            "them.",
     .docZh = "CSV 行的列数少于表头时如何处理：refuse 表示列为异常，accept 表示照常接收。",
     .fallback = "refuse",
     .choices = kShortRows},
    {.name = "skip",
     .kind = FieldKind::list,
     .doc = "Rows to pass over (totals, signatures): what their first cell with content is, with * "
            "and ? as wildcards; the result counts them.",
     .docZh = "要跳过的行（合计、签字等）：写其首个有内容单元格的文字，可用通配符 * 和 ?；结果文件"
              "计数。",
     .example = "[合计, 填表人*]"},
    {.name = "merged",
     .kind = FieldKind::choice,
     .doc = "Cells merged downwards: fill puts the value into each row that they cover, refuse "
            "quarantines those rows.",
     .docZh = "纵向合并的单元格：fill 表示把值填入所覆盖的每一行，refuse 表示这些行列为异常。",
     .fallback = "fill",
     .choices = kMerged},
    {.name = "expect",
     .kind = FieldKind::choice,
     .doc =
         "What every file must hold: with rows, one that has a header and nothing else is refused.",
     .docZh = "每个文件应有的内容：rows 表示只有表头而无数据行的文件按异常处理。",
     .fallback = "any",
     .choices = kExpect},
    {.name = "settle_time",
     .kind = FieldKind::duration,
     .doc = "How long a file must be seen unchanged before it is taken.",
     .docZh = "文件须保持不变多久才会被读取。",
     .fallback = "5s",
     .least = "0s",
     .most = "1d"},
    {.name = "quiet_time",
     .kind = FieldKind::duration,
     .doc = "The same for a file of which the system cannot say whether somebody writes it, or "
            "whose last line has no end.",
     .docZh = "系统无法判断是否仍有程序在写入，或最后一行没有换行符的文件，须保持不变多久。",
     .fallback = "30s",
     .least = "0s",
     .most = "1d"},
    {.name = "marker",
     .kind = FieldKind::text,
     .doc = "File beside a ledger without which it is not taken: an ending such as .ok, or a name "
            "with {name} or {stem}.",
     .docZh =
         "台账旁的完成标记文件，没有它就不读取：后缀（如 .ok），或含 {name}、{stem} 的文件名。",
     .example = "{stem}.ok"},
    {.name = "manifest",
     .kind = FieldKind::text,
     .doc = "The same for a file that says rows, bytes, sha256 or md5 of the ledger; one that "
            "differs is refused.",
     .docZh = "台账旁的清单文件，写明 rows、bytes、sha256 或 md5；与清单不符的台账不接收。写法同 "
              "marker。",
     .example = ".manifest.json"},
    {.name = "ignore_files",
     .kind = FieldKind::text,
     .doc = "Temporary files of programs, as in pattern: they are counted and never named. Hidden "
            "files are never read.",
     .docZh = "各种程序的临时文件，写法同 pattern：只计数，不列出。隐藏文件从不读取。",
     .fallback = "~$*,*~,Thumbs.db,desktop.ini,*.part,*.partial,*.tmp,*.temp,*.crdownload,"
                 "*.download,*.filepart,*.swp,*.td,*.xltd,*.!ut,*.lnk"},
    {.name = "give_up_time",
     .kind = FieldKind::duration,
     .doc = "How long a workbook without its end may stay unchanged before it is refused as "
            "incomplete.",
     .docZh = "缺少结尾的工作簿保持不变多久后按不完整处理。",
     .fallback = "10m",
     .least = "0s",
     .most = "30d"},
    {.name = "batch",
     .kind = FieldKind::integer,
     .doc = "Rows read in one step.",
     .docZh = "每步读取的行数。",
     .fallback = "200",
     .least = "1",
     .most = "1000",
     .unit = "rows",
     .unitZh = "行"},
    {.name = "max_rows",
     .kind = FieldKind::integer,
     .doc = "Most rows of one sheet or file.",
     .docZh = "一个工作表或文件的最大行数。",
     .fallback = "1000000",
     .least = "1",
     .most = "100000000",
     .unit = "rows",
     .unitZh = "行"},
    {.name = "max_columns",
     .kind = FieldKind::integer,
     .doc = "Most columns that a header may name.",
     .docZh = "表头的最大列数。",
     .fallback = "256",
     .least = "1",
     .most = "16384",
     .unit = "columns",
     .unitZh = "列"},
    {.name = "max_file",
     .kind = FieldKind::size,
     .doc = "Largest file that is read.",
     .docZh = "可读取的最大文件。",
     .fallback = "256 MiB",
     .least = "1 KiB",
     .most = "64 GiB"},
    {.name = "max_unpacked",
     .kind = FieldKind::size,
     .doc = "Most bytes that a workbook may unpack to.",
     .docZh = "工作簿解压后的最大字节数。",
     .fallback = "512 MiB",
     .least = "1 KiB",
     .most = "64 GiB"},
    {.name = "max_cell",
     .kind = FieldKind::size,
     .doc = "Longest value of one cell.",
     .docZh = "单元格内容的最大长度。",
     .fallback = "256 KiB",
     .least = "1 KiB",
     .most = "8 MiB"},
    {.name = "max_row",
     .kind = FieldKind::size,
     .doc = "Longest row or line.",
     .docZh = "一行的最大长度。",
     .fallback = "1 MiB",
     .least = "1 KiB",
     .most = "8 MiB"},
    {.name = "archive",
     .kind = FieldKind::path,
     .doc = "Where files go when every row is settled; the folder archive inside `folder` when "
            "left out.",
     .docZh = "处理完的文件移到何处；不填则为 folder 下的 archive。"},
    {.name = "failed",
     .kind = FieldKind::path,
     .doc = "Where files go that cannot be read; the folder failed inside `folder` when left out.",
     .docZh = "无法读取的文件移到何处；不填则为 folder 下的 failed。"},
    {.name = "result_suffix",
     .kind = FieldKind::text,
     .doc = "Added to a file's name for the CSV that says what became of each row.",
     .docZh = "结果文件（逐行说明处理结果的 CSV）在原文件名后加的后缀。",
     .fallback = ".result.csv"},
    {.name = "result_mode",
     .kind = FieldKind::choice,
     .doc = "Rights of result files, whatever the gateway's umask is: the office must be able to "
            "read them.",
     .docZh = "结果文件的权限，不受网关 umask 影响：投放台账的部门必须能读。",
     .fallback = "0644",
     .choices = kModes},
    {.name = "output_folder",
     .kind = FieldKind::path,
     .doc = "Folder that records for this peer are written into, one file per batch.",
     .docZh = "发给该对端的记录写入的文件夹，每批一个文件。",
     .example = "/srv/lianqiao/outgoing"},
    {.name = "output_format",
     .kind = FieldKind::choice,
     .doc = "Format of the written files; csv has a byte order mark and names the columns of the "
            "batch.",
     .docZh = "写出文件的格式；csv 带 BOM，列为该批记录的字段。",
     .fallback = "jsonl",
     .choices = kFormats},
    {.name = "output_mode",
     .kind = FieldKind::choice,
     .doc = "Rights of the written files, whatever the gateway's umask is.",
     .docZh = "写出文件的权限，不受网关 umask 影响。",
     .fallback = "0644",
     .choices = kModes},
    {.name = "output_batch",
     .kind = FieldKind::integer,
     .doc = "Most records in one written file.",
     .docZh = "一个写出文件中的最多记录数。",
     .fallback = "200",
     .least = "1",
     .most = "10000",
     .unit = "records",
     .unitZh = "条"},
};

std::vector<std::string> splitPatterns(std::string_view text) {
  std::vector<std::string> patterns;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) patterns.emplace_back(one);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return patterns;
}

std::filesystem::path pathOr(const Settings& settings, std::string_view name,
                             std::filesystem::path fallback) {
  if (!settings.has(name) || settings.text(name).empty()) return fallback;
  return settings.text(name);
}

bool endsWithAnyCase(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && ::strncasecmp(text.data() + text.size() - ending.size(),
                                                       ending.data(), ending.size()) == 0;
}

/// A result must be known by its name, or it is read as a ledger; and a ledger must not be taken
/// for a result.
void checkSuffix(const DropSettings& drop) {
  constexpr std::size_t kLongest = 64;
  const std::string& suffix = drop.resultSuffix;
  if (suffix.empty() || suffix.size() > kLongest || suffix.find('/') != std::string::npos) {
    throw std::invalid_argument(
        "result_suffix must be 1 to 64 bytes without \"/\", such as .result.csv");
  }
  for (const std::string& pattern : drop.patterns) {
    if (!endsWithAnyCase(pattern, suffix)) continue;
    throw std::invalid_argument("result_suffix " + suffix + " is the end of the pattern " +
                                pattern +
                                ", so that no such file would be taken; make it longer, such as "
                                ".result.csv");
  }
}

CompanionName companion(const Settings& settings, std::string_view name,
                        const std::vector<std::string>& patterns) {
  if (!settings.has(name) || settings.text(name).empty()) return {};
  CompanionName companion(name, settings.text(name));
  for (const std::string& pattern : patterns) {
    if (companion.ending().empty() || !endsWithAnyCase(pattern, companion.ending())) continue;
    throw std::invalid_argument(std::string(name) + " " + settings.text(name) +
                                " ends as the pattern " + pattern +
                                " does, so that no such ledger would be taken; name them apart, "
                                "such as .ok");
  }
  return companion;
}

std::uint32_t modeOf(const std::string& octal) {
  return static_cast<std::uint32_t>(std::stoul(octal, nullptr, 8));
}

char delimiterOf(std::string_view word) {
  if (word == "comma") return ',';
  if (word == "semicolon") return ';';
  if (word == "pipe") return '|';
  return word == "tab" ? '\t' : '\0';
}

}  // namespace

std::span<const FieldSpec> fieldSpecs() { return kFields; }

DropSettings readSettings(const Settings& settings) {
  DropSettings drop;
  drop.folder = pathOr(settings, "folder", {});
  drop.archive = pathOr(settings, "archive", drop.folder / "archive");
  drop.failed = pathOr(settings, "failed", drop.folder / "failed");
  drop.patterns = splitPatterns(settings.text("pattern"));
  drop.settleTime = settings.duration("settle_time");
  drop.quietTime = settings.duration("quiet_time");
  drop.giveUpTime = settings.duration("give_up_time");
  drop.batchItems = static_cast<std::size_t>(settings.integer("batch"));
  drop.resultSuffix = settings.text("result_suffix");
  drop.resultMode = modeOf(settings.text("result_mode"));
  checkSuffix(drop);
  drop.ignore = splitPatterns(settings.text("ignore_files"));
  drop.marker = companion(settings, "marker", drop.patterns);
  drop.manifest = companion(settings, "manifest", drop.patterns);
  drop.outputFolder = pathOr(settings, "output_folder", {});
  drop.outputMode = modeOf(settings.text("output_mode"));
  drop.outputCsv = settings.text("output_format") == "csv";
  drop.outputBatch = static_cast<std::size_t>(settings.integer("output_batch"));

  ReadOptions& read = drop.read;
  read.encoding = settings.text("encoding");
  read.delimiter = delimiterOf(settings.text("delimiter"));
  if (settings.has("sheet")) read.sheet = settings.text("sheet");
  read.headerRow = static_cast<std::uint64_t>(settings.integer("header_row"));
  read.acceptShortRows = settings.text("short_rows") == "accept";
  if (settings.has("skip")) read.skip = settings.list("skip");
  read.fillMerged = settings.text("merged") == "fill";
  read.expectRows = settings.text("expect") == "rows";
  if (settings.has("id_columns")) read.idColumns = settings.list("id_columns");
  read.maxRows = static_cast<std::uint64_t>(settings.integer("max_rows"));
  read.maxColumns = static_cast<std::uint32_t>(settings.integer("max_columns"));
  read.maxFile = static_cast<std::uint64_t>(settings.integer("max_file"));
  read.maxUnpacked = static_cast<std::uint64_t>(settings.integer("max_unpacked"));
  read.maxCell = static_cast<std::size_t>(settings.integer("max_cell"));
  read.maxRow = static_cast<std::size_t>(settings.integer("max_row"));
  return drop;
}

std::filesystem::path pathBelow(const std::filesystem::path& folder,
                                const std::filesystem::path& path) {
  if (folder.empty() || path.empty()) return {};
  const std::filesystem::path way =
      path.lexically_normal().lexically_relative(folder.lexically_normal());
  return way.empty() || way == "." || *way.begin() == ".." ? std::filesystem::path() : way;
}

}  // namespace lianqiao::file_drop
