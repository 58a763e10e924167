#include "detect/annotations.h"

#include <charconv>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "data/picture.h"
#include "diagnostics/error.h"
#include "formats/atomic_file.h"

namespace tinamix::detect {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<Truth> read_yolo(const std::string& path, data::Size size) {
    std::vector<Truth> truths;
    std::istringstream lines(formats::read_file(path));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        const std::string where = path + ":" + std::to_string(number);
        std::istringstream words(line);
        double category = 0, x = 0, y = 0, width = 0, height = 0;
        if (!(words >> category)) {
            if (!words.eof()) throw Error(where, "an object is `category cx cy width height`");
            continue;  // an empty line
        }
        std::string rest;
        if (!(words >> x >> y >> width >> height) || (words >> rest))
            throw Error(where, "an object is `category cx cy width height`",
                        rest.empty() ? "" : "outlines of objects are not boxes");
        if (category < 0 || category != static_cast<double>(static_cast<int64_t>(category)))
            throw Error(where, "the category must be a natural number");
        if (!(width >= 0 && height >= 0 && width <= 2 && height <= 2))
            throw Error(where, "width and height must be parts of the picture's, 0 to 1");
        const Box box{(x - width / 2) * size.width, (y - height / 2) * size.height, (x + width / 2) * size.width,
                      (y + height / 2) * size.height};
        truths.push_back({box, static_cast<int64_t>(category), false});
    }
    return truths;
}

Annotations from_folder(const std::string& folder, const std::vector<std::string>& pictures) {
    Annotations result;
    for (const std::string& picture : pictures) {
        const fs::path file = fs::path(folder) / (fs::path(picture).stem().string() + ".txt");
        std::error_code error;
        if (!fs::exists(file, error)) {
            ++result.pictures_without;
            result.truths.emplace_back();
            continue;
        }
        result.truths.push_back(read_yolo(file.string(), data::picture_size(picture)));
    }
    return result;
}

Annotations from_coco(const std::string& path, const std::vector<std::string>& pictures) {
    Json root;
    std::map<int64_t, std::vector<Truth>> by_image;
    std::map<std::string, int64_t> images;
    try {
        root = Json::parse(formats::read_file(path));
        std::set<int64_t> ids;
        for (const Json& category : root.at("categories")) ids.insert(category.at("id").get<int64_t>());
        std::map<int64_t, int64_t> index;
        for (const int64_t id : ids) index.emplace(id, static_cast<int64_t>(index.size()));
        for (const Json& image : root.at("images")) {
            const auto id = image.at("id").get<int64_t>();
            images[fs::path(image.at("file_name").get<std::string>()).filename().string()] = id;
            by_image[id];
        }
        for (const Json& object : root.at("annotations")) {
            const auto image = by_image.find(object.at("image_id").get<int64_t>());
            const auto category = index.find(object.at("category_id").get<int64_t>());
            if (image == by_image.end() || category == index.end())
                throw Error(path, "an annotation belongs to an image or category that the file does not list");
            const auto box = object.at("bbox").get<std::array<double, 4>>();  // x, y, width, height
            image->second.push_back({{box[0], box[1], box[0] + box[2], box[1] + box[3]},
                                     category->second,
                                     object.value("iscrowd", 0) != 0});
        }
    } catch (const Json::exception& error) {
        throw Error(path, std::string("is not a COCO instances file: ") + error.what());
    }
    Annotations result;
    for (const std::string& picture : pictures) {
        const auto found = images.find(fs::path(picture).filename().string());
        if (found == images.end()) ++result.pictures_without;
        result.truths.push_back(found == images.end() ? std::vector<Truth>{} : by_image[found->second]);
    }
    return result;
}

}  // namespace

Annotations read_annotations(const std::string& path, const std::vector<std::string>& pictures) {
    std::error_code error;
    if (!fs::exists(path, error)) throw Error(path, "there is no such file or folder");
    const bool folder = fs::is_directory(path, error);
    if (!folder && fs::path(path).extension() != ".json")
        throw Error(path, "annotations are a folder of YOLO labels or a COCO instances .json file");
    Annotations result = folder ? from_folder(path, pictures) : from_coco(path, pictures);
    if (result.pictures_without == pictures.size())
        throw Error(path, "there are annotations for none of the " + std::to_string(pictures.size()) + " pictures");
    return result;
}

}  // namespace tinamix::detect
