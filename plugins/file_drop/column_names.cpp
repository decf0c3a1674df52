#include "file_drop/column_names.h"

#include <algorithm>
#include <set>

#include "file_drop/row_filter.h"
#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kMostListed = 12;
constexpr std::size_t kLongestName = 400;  // bytes of a cell that may name a column

std::string withoutStars(std::string text) {
  std::erase(text, '*');
  for (const std::string_view mark : {"※", "★"}) {
    for (std::size_t at; (at = text.find(mark)) != std::string::npos;) text.erase(at, mark.size());
  }
  return text;
}

struct Pair {
  std::string_view open, close;
};
constexpr Pair kPairs[] = {{"(", ")"}, {"[", "]"}, {"【", "】"}, {"〔", "〕"}};

/// 年月日, yyyy-mm-dd hh:mm and the like. 年 or 日 alone may be a unit, and a day or month in front
/// may be either.
bool isDateForm(std::string_view bare) {
  constexpr std::string_view kParts[] = {"年", "月", "日", "时", "分", "秒", "y", "m",
                                         "d",  "h",  "s",  ":",  "/",  "-",  "."};
  const bool chinese = bare.starts_with("年") && bare.find("月") != std::string_view::npos &&
                       bare.find("日") != std::string_view::npos;
  if (!chinese && !bare.starts_with("yyyy")) return false;
  while (!bare.empty()) {
    const auto part = std::find_if(std::begin(kParts), std::end(kParts),
                                   [&](std::string_view one) { return bare.starts_with(one); });
    if (part == std::end(kParts)) return false;
    bare.remove_prefix(part->size());
  }
  return true;
}

/// True for what stands in brackets to say how a column is filled in, not what it holds. Any other
/// words may be a unit, a zone or another thing of the same name, and are never passed over.
bool isFillingNote(std::string_view bare) {
  constexpr std::string_view kNotes[] = {"必填",     "必填项",   "必须填写", "必录",     "不能为空",
                                         "不可为空", "选填",     "选填项",   "可选",     "可选填",
                                         "非必填",   "可不填",   "可空",     "可为空",   "下拉选择",
                                         "单选",     "required", "optional", "mandatory"};
  // An example has its text behind it.
  return bare.starts_with("示例") || isDateForm(bare) ||
         std::find(std::begin(kNotes), std::end(kNotes), bare) != std::end(kNotes);
}

/// What stands in brackets as a whole, without them.
std::string withoutEdges(std::string text) {
  for (const Pair& pair : kPairs) {
    if (!text.starts_with(pair.open) || !text.ends_with(pair.close)) continue;
    if (text.size() < pair.open.size() + pair.close.size()) continue;
    return text.substr(pair.open.size(), text.size() - pair.open.size() - pair.close.size());
  }
  return text;
}

bool isAnyText(std::string_view) { return true; }

/// Without the "(…)", "[…]", "【…】" and "〔…〕" at its ends of which `goes` is true, if anything
/// else is there.
std::string withoutBrackets(std::string_view text, bool (*goes)(std::string_view)) {
  for (const Pair& pair : kPairs) {
    if (text.ends_with(pair.close)) {
      const std::size_t open = text.rfind(pair.open);
      if (open != std::string_view::npos && open > 0) {
        std::string_view inside = text.substr(open + pair.open.size());
        inside.remove_suffix(pair.close.size());
        if (goes(inside)) text = text.substr(0, open);
      }
    }
    if (text.starts_with(pair.open)) {
      const std::size_t close = text.find(pair.close);
      if (close != std::string_view::npos && close + pair.close.size() < text.size() &&
          goes(text.substr(pair.open.size(), close - pair.open.size())))
        text = text.substr(close + pair.close.size());
    }
  }
  return std::string(text);
}

std::set<std::string> charactersOf(std::string_view text) {
  std::set<std::string> characters;
  while (!text.empty()) {
    const std::string_view one = prefix(text, 1);
    characters.emplace(one);
    text.remove_prefix(std::max<std::size_t>(one.size(), 1));
  }
  return characters;
}

/// 0 to 1: how many of their characters two names share; all where brackets alone part them.
double likeness(std::string_view a, std::string_view b) {
  if (withoutBrackets(bareText(b), isAnyText) == bareText(a)) return 1;
  const auto left = charactersOf(a);
  const auto right = charactersOf(b);
  std::size_t shared = 0;
  for (const std::string& one : left) shared += right.count(one);
  const std::size_t all = left.size() + right.size();
  return all == 0 ? 0 : 2.0 * static_cast<double>(shared) / static_cast<double>(all);
}

/// What may be shown to anybody: rows of data hold numbers and long texts.
bool isColumnText(std::string_view text) {
  constexpr std::size_t kLongest = 20;
  return countCharacters(text) <= kLongest && std::count_if(text.begin(), text.end(), isDigit) < 4;
}

/// By column; one beyond the last that may be named shows that there are such.
std::vector<std::string> textsOf(const Row& row, std::uint32_t maxColumns) {
  std::vector<std::string> texts;
  for (const Cell& cell : row.cells) {
    const std::string_view text = trim(cell.text);
    if (cell.damage != Damage::none || text.empty()) continue;
    const std::uint32_t column = std::min(cell.column, maxColumns);
    texts.resize(std::max<std::size_t>(texts.size(), column + 1));
    texts[column] = std::string(text);
  }
  return texts;
}

}  // namespace

ColumnNames::ColumnNames(const std::vector<ItemShape>& shapes, std::uint32_t maxColumns)
    : shapes_(shapes), maxColumns_(maxColumns) {
  for (const ItemShape& shape : shapes) {
    for (const std::string& name : shape.names) {
      if (name == kOrigin || !names_.insert(name).second) continue;
      const auto [at, fresh] = bare_.try_emplace(withoutStars(bareText(name)), name);
      if (!fresh) at->second.clear();
    }
  }
}

std::string_view ColumnNames::meaning(std::string_view text) const {
  if (text.size() > kLongestName) return {};
  if (const auto exact = names_.find(text); exact != names_.end()) return *exact;
  const std::string bare = withoutStars(bareText(text));
  if (const auto found = bare_.find(bare); found != bare_.end()) return found->second;
  const auto found = bare_.find(withoutBrackets(bare, isFillingNote));
  return found == bare_.end() ? std::string_view() : std::string_view(found->second);
}

/// The mappings' spelling for each text. Where two columns mean one name it is the one that is
/// spelled so.
Header ColumnNames::settle(std::vector<std::string> texts, std::uint64_t row) const {
  Header header;
  header.row = row;
  header.names = std::move(texts);
  std::set<std::string, std::less<>> taken;
  std::set<std::string, std::less<>> loose;
  for (const std::string& text : header.names) {
    if (names_.contains(text)) taken.insert(text);
  }
  for (std::string& text : header.names) {
    const std::string_view name = text.empty() ? std::string_view() : meaning(text);
    if (name.empty() || name == text) continue;
    if (loose.contains(name)) header.doubled = name;
    if (!taken.insert(std::string(name)).second) continue;
    loose.insert(std::string(name));
    text = std::string(name);
  }
  header.read = taken.size();
  return header;
}

Header ColumnNames::read(const Row& row) const {
  return settle(textsOf(row, maxColumns_), row.number);
}

Header ColumnNames::read(const Row& upper, const Row& lower) const {
  const std::vector<std::string> above = textsOf(upper, maxColumns_);
  std::vector<std::string> texts = textsOf(lower, maxColumns_);
  texts.resize(std::max(texts.size(), above.size()));
  std::string group;
  for (std::size_t column = 0; column < texts.size(); ++column) {
    const std::string own = column < above.size() ? above[column] : std::string();
    if (!own.empty()) group = own;
    std::string& text = texts[column];
    if (text.empty()) {
      text = own;
    } else if (meaning(text).empty() && text != group) {
      if (!meaning(group + text).empty()) {
        text = group + text;
      } else if (!own.empty() && !meaning(own).empty()) {
        text = isFillingNote(withoutEdges(bareText(text))) ? own : own + text;
      }
    }
  }
  return settle(std::move(texts), lower.number);
}

bool ColumnNames::suffices(const Header& header) const {
  const auto has = [&header](const std::string& name) {
    return std::find(header.names.begin(), header.names.end(), name) != header.names.end();
  };
  return std::any_of(shapes_.begin(), shapes_.end(), [&](const ItemShape& shape) {
    const bool whole = std::all_of(shape.needed.begin(), shape.needed.end(),
                                   [&](const std::vector<std::string>& group) {
                                     return std::any_of(group.begin(), group.end(), has);
                                   });
    const auto read =
        static_cast<std::size_t>(std::count_if(shape.names.begin(), shape.names.end(), has));
    const std::size_t least =
        shape.needed.empty() ? std::min<std::size_t>(2, shape.names.size()) : 1;
    return whole && read >= least;
  });
}

std::string ColumnNames::lacking(const Header& header) const {
  const auto has = [&header](const std::string& name) {
    return std::find(header.names.begin(), header.names.end(), name) != header.names.end();
  };
  const std::vector<std::string>* names = nullptr;
  std::vector<std::string> best;
  for (const ItemShape& shape : shapes_) {
    std::vector<std::string> missing;
    for (const auto& group : shape.needed) {
      if (!group.empty() && std::none_of(group.begin(), group.end(), has))
        missing.push_back(group.front());
    }
    if (names != nullptr && missing.size() >= best.size()) continue;
    names = &shape.names;
    best = std::move(missing);
  }
  std::string text;
  for (const std::string& name : best) {
    if (text.find(name) != std::string::npos) continue;
    text += (text.empty() ? "" : ", ") + name;
    constexpr double kNear = 0.5;
    std::string_view near;
    double most = kNear;
    for (const std::string& other : header.names) {
      if (names_.contains(other) || !isColumnText(other)) continue;
      const double alike = likeness(name, other);
      if (alike >= most) near = other;
      most = std::max(most, alike);
    }
    if (!near.empty()) text += " (is it " + std::string(near) + "?)";
  }
  return text;
}

std::string ColumnNames::list() const {
  std::string text;
  std::size_t listed = 0;
  for (const ItemShape& shape : shapes_) {
    for (const std::string& name : shape.names) {
      if (name == kOrigin || listed > kMostListed) continue;
      text += (text.empty() ? "" : ", ") + (listed == kMostListed ? std::string("…") : name);
      ++listed;
    }
  }
  return text;
}

}  // namespace lianqiao::file_drop
