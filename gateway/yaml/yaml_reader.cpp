#include "yaml/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <unordered_map>
#include <vector>

#include "yaml/keyboard.h"
#include "yaml/mended_text.h"
#include "yaml/yaml_text.h"

namespace lianqiao::yaml {
namespace {

constexpr std::size_t kMostPathBytes = 240;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kStringTag = "tag:yaml.org,2002:str";

/// Thrown through the parser to stop it; what was wrong is already a finding.
struct Stop {};

struct Advice {
  std::string_view parserSays;
  std::string_view message;
  std::string_view remedy;
};

/// yaml-cpp's words → ours, for those that beginners meet.
constexpr std::array kAdvice = {
    Advice{"end of map not found", "this line does not fit the lines above it",
           "write `key: value` with a blank after the colon, and keys of one map in one column"},
    Advice{"end of sequence not found", "this line does not fit the list above it",
           "begin every item of the list with `- ` in the same column"},
    Advice{"end of map flow not found", "a `{` is never closed", "close it with `}`"},
    Advice{"end of sequence flow not found", "a `[` is never closed", "close it with `]`"},
    Advice{"illegal map value", "a value stands where none can be",
           "put quotes around a text that contains `: `, or mend the indentation"},
    Advice{"illegal map key", "a key stands where none can be", "mend the indentation"},
    Advice{"illegal block entry", "a `- ` stands where no list can be",
           "put the list on lines of its own under its key"},
    Advice{"illegal EOF in scalar", "a quotation mark is never closed", "close it"},
    Advice{"illegal flow end", "a `]` or `}` closes nothing",
           "look for the `[` or `{` that it belongs to: is it there, and half-width?"},
    Advice{"the referenced anchor is not defined", "an alias (*name) is not allowed",
           "write it out; put quotes around a text that begins with *"},
    Advice{"unknown token", "a text begins with a character that YAML keeps for itself",
           "put quotes around the text"},
    Advice{"unknown escape character", "a backslash in double quotes begins no known escape",
           "write \\\\ for a backslash, or use single quotes"},
    Advice{"illegal tab when looking for indentation", "a tab stands where blanks must indent",
           "indent with blanks"},
};

std::string childPath(const std::string& parent, std::string_view step) {
  std::string path = parent;
  if (path.size() > kMostPathBytes) {
    std::size_t from = path.size() - kMostPathBytes / 2;
    while (from < path.size() && (static_cast<unsigned char>(path[from]) & 0xC0u) == 0x80u) ++from;
    path = "…" + path.substr(from);
  }
  if (!path.empty() && step.front() != '[') path += '.';
  path += step;
  return path;
}

}  // namespace

/// Builds the tree out of the parser's events, refusing as it goes.
class YamlReader::Builder : public YAML::EventHandler {
 public:
  Builder(const MendedText& lines, std::shared_ptr<const std::string> file, Findings& findings)
      : lines_(lines), file_(std::move(file)), findings_(findings) {
    root_.file_ = file_;
    root_.position_ = {1, 1};
  }

  [[nodiscard]] bool refused() const { return refused_; }
  /// Of what was refused something is not in the tree, so that more would be said of it falsely.
  [[nodiscard]] bool blind() const { return blind_; }
  [[nodiscard]] YamlNode takeRoot() { return std::move(root_); }

  void refuse(Position position, std::string path, std::string message, std::string remedy,
              bool blind = true) {
    refused_ = true;
    blind_ = blind_ || blind;
    if (blind && lines_.mayMislead(position.line - 1)) return;  // the slip there is told
    findings_.add({*file_, position, std::move(path), std::move(message), std::move(remedy)});
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    refuse(at(mark), {}, "a second document begins here, or something follows the end of the first",
           "keep one document in a file");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    checkNode(mark, anchor, "?");
    if (expectsKey()) {
      refuse(at(mark), open_.back().node.path_, "a key is missing or null", "write `key: value`");
      takeKey({}, mark);
      return;
    }
    if (!open_.empty() && open_.back().node.isMap()) checkColon();
    add(make(YamlNode::Kind::null, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(at(mark), place(), "an alias (*name) is not allowed", "write it out");
    if (expectsKey()) {
      takeKey({}, mark);
    } else {
      add(make(YamlNode::Kind::null, mark));
    }
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    checkNode(mark, anchor, tag);
    if (tag != "?" && !quotesClose(lines_.line(mark.line), columnOf(mark))) {
      refuse(at(mark), nextPath(), "a quoted text does not end on its line",
             "close the quotation mark; a text of several lines stands below `|`");
      throw Stop{};
    }
    if (expectsKey()) {
      if (value == "<<" && tag == "?") {
        refuse(at(mark), open_.back().node.path_, "a merge key (<<) is not allowed",
               "write it out");
      }
      takeKey(value, mark);
      return;
    }
    YamlNode node = make(YamlNode::Kind::scalar, mark);
    node.text_ = value;
    node.quoted_ = tag != "?";
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YamlNode node;
    std::unordered_map<std::string, Position> keys;
    std::string key;  ///< Waits for its value.
    YAML::Mark keyMark;
    bool hasKey = false;
    bool repeated = false;
  };

  [[nodiscard]] Position at(const YAML::Mark& mark) const {
    return lines_.position(mark.line, mark.column);
  }
  static std::size_t columnOf(const YAML::Mark& mark) {
    return static_cast<std::size_t>(std::max(mark.column, 0));
  }
  [[nodiscard]] bool expectsKey() const {
    return !open_.empty() && open_.back().node.isMap() && !open_.back().hasKey;
  }

  /// Of what is being refused: the value, or the map whose key it is.
  [[nodiscard]] std::string place() const {
    return expectsKey() ? open_.back().node.path_ : nextPath();
  }
  [[nodiscard]] std::string nextPath() const {
    if (open_.empty()) return {};
    const Open& parent = open_.back();
    return childPath(parent.node.path_,
                     parent.node.isMap() ? (parent.key.empty() ? "''" : parent.key)
                                         : '[' + std::to_string(parent.node.items_.size()) + ']');
  }

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) const {
    YamlNode node;
    node.kind_ = kind;
    node.position_ = at(mark);
    node.file_ = file_;
    node.path_ = nextPath();
    return node;
  }

  void checkNode(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
    if (++nodes_ > kMostNodes) {
      refuse(at(mark), {}, "the file has more than " + std::to_string(kMostNodes) + " values",
             "divide it into several files");
      throw Stop{};
    }
    const std::string path = place();
    if (anchor != 0) {
      refuse(at(mark), path, "an anchor (&name) is not allowed",
             "write the value out wherever it is needed", false);
    }
    if (tag != "?" && tag != "!" && tag != kStringTag) {
      refuse(at(mark), path, "a tag (!name) is not allowed",
             "leave it out; a text that looks like something else takes quotes", false);
    }
  }

  /// A key alone on its line gets no value: perhaps none was meant, perhaps the colon was
  /// forgotten.
  void checkColon() {
    const Open& map = open_.back();
    if (map.key.empty() ||
        colonFollows(lines_.line(map.keyMark.line), columnOf(map.keyMark), map.key)) {
      return;
    }
    refuse(at(map.keyMark), map.node.path_, "no colon follows this word", "write `key: value`");
  }

  void takeKey(std::string key, const YAML::Mark& mark) {
    Open& map = open_.back();
    if (key.size() > kMostKeyBytes) {
      refuse(at(mark), map.node.path_,
             "a key is longer than " + std::to_string(kMostKeyBytes) + " bytes", "shorten it");
      throw Stop{};
    }
    const auto [first, isNew] = map.keys.emplace(key, at(mark));
    if (!isNew) {
      refuse(at(mark), map.node.path_, "the key '" + key + "' stands twice in this map",
             "it stood first at line " + std::to_string(first->second.line) + ", column " +
                 std::to_string(first->second.column) + "; keep one",
             false);
    }
    map.key = std::move(key);
    map.keyMark = mark;
    map.hasKey = true;
    map.repeated = !isNew;
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      if (root_.isNull()) root_.position_ = {1, 1};
      return;
    }
    Open& parent = open_.back();
    if (parent.node.isList()) {
      parent.node.items_.push_back(std::move(node));
      return;
    }
    parent.hasKey = false;
    if (parent.repeated) return;
    // A value that is not there is said to stand where the next thing begins.
    const Position key = at(parent.keyMark);
    if (node.isNull() && node.position_.line != key.line) node.position_ = key;
    parent.node.entries_.push_back({std::move(parent.key), key, std::move(node)});
    parent.key.clear();
  }

  void begin(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    checkNode(mark, anchor, tag);
    if (open_.size() >= kMostDepth) {
      refuse(at(mark), {}, "maps and lists are nested deeper than " + std::to_string(kMostDepth),
             "flatten them");
      throw Stop{};
    }
    if (expectsKey()) {
      refuse(at(mark), open_.back().node.path_, "a key must be a text, not a map or a list",
             "put quotes around ${…} or {…} that is meant as text");
      throw Stop{};
    }
    open_.push_back({make(kind, mark), {}, {}, {}, false, false});
  }

  void end() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  const MendedText& lines_;
  std::shared_ptr<const std::string> file_;
  Findings& findings_;
  YamlNode root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
  bool refused_ = false;
  bool blind_ = false;
};

namespace {

/// The parser's message may end in text of the file behind a colon: that part is cut, it might be
/// secret.
Finding parseFinding(const YAML::Exception& error, const MendedText& lines,
                     const std::string& file) {
  const std::string_view says = std::string_view(error.msg).substr(0, error.msg.find(':'));
  Finding finding{
      file, lines.position(error.mark.line, error.mark.column), {}, std::string(says), {}};
  for (const Advice& advice : kAdvice) {
    if (advice.parserSays != says) continue;
    finding.message = advice.message;
    finding.remedy = advice.remedy;
  }
  if (lines.line(error.mark.line).find("${") != std::string_view::npos) {
    finding.remedy = "put quotes around ${…} inside [ ] and { }";
  }
  return finding;
}

}  // namespace

YamlReader::Look YamlReader::lookAtText(std::string_view text, const std::string& displayName,
                                        Findings& findings) {
  if (text.size() > kMostBytes) {
    findings.add({displayName, {}, {}, "the file is larger than 1 MiB", "divide it"});
    return {};
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const YamlLines written(text);
  MendedText lines(written);
  if (!acceptBytes(written, displayName, findings) || !mendKeyboard(lines, displayName, findings))
    return {};

  Builder builder(lines, std::make_shared<const std::string>(displayName), findings);
  std::istringstream stream{lines.mended() ? lines.text() : std::string(text)};
  try {
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const Stop&) {
    return {};
  } catch (const YAML::Exception& error) {
    if (!lines.mayMislead(error.mark.line)) findings.add(parseFinding(error, lines, displayName));
    return {};
  }
  if (builder.blind()) return {};
  return {builder.takeRoot(), !lines.mended() && !builder.refused()};
}

std::optional<YamlNode> YamlReader::readText(std::string_view text, const std::string& displayName,
                                             Findings& findings) {
  Look look = lookAtText(text, displayName, findings);
  return look.whole ? std::move(look.root) : std::nullopt;
}

std::optional<YamlNode> YamlReader::readFile(const std::filesystem::path& path,
                                             const std::string& displayName, Findings& findings) {
  Look look = lookAtFile(path, displayName, findings);
  return look.whole ? std::move(look.root) : std::nullopt;
}

YamlReader::Look YamlReader::lookAtFile(const std::filesystem::path& path,
                                        const std::string& displayName, Findings& findings) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    findings.add({displayName, {}, {}, "there is no such file", "create it"});
    return {};
  }
  if (!std::filesystem::is_regular_file(status)) {
    findings.add({displayName, {}, {}, "this is not a file", "put a file in its place"});
    return {};
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof()) {
    findings.add({displayName,
                  {},
                  {},
                  "the file cannot be read",
                  "let the gateway's user read it (chmod, chown)"});
    return {};
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return lookAtText(text, displayName, findings);
}

}  // namespace lianqiao::yaml
