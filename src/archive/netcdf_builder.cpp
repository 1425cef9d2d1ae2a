#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include <hdf5_hl.h>

#include "archive/handles.hpp"
#include "archive/netcdf.hpp"
#include "base/error.hpp"

namespace attnsweep::archive {
namespace {

constexpr std::size_t chunk_bytes = 512 * 1024;
constexpr unsigned deflate_level = 4;
// Stored texts have one length; a few huge ones among many rows would blow up memory and readers.
constexpr std::size_t max_text_bytes = std::size_t{1} << 30;

// HDF5's core driver keeps a file in memory; these callbacks keep the memory at the close, where
// the file is complete. (H5Fget_file_image of an open V110 file clears the superblock's status
// flags but leaves its checksum: such an image cannot be opened.)
struct Image {
  void* data = nullptr;
  std::size_t size = 0;
};
void* image_malloc(size_t size, H5FD_file_image_op_t, void*) { return std::malloc(size); }
void* image_memcpy(void* to, const void* from, size_t size, H5FD_file_image_op_t, void*) {
  return std::memcpy(to, from, size);
}
void* image_realloc(void* data, size_t size, H5FD_file_image_op_t, void* image) {
  void* grown = std::realloc(data, size);
  if (grown != nullptr) static_cast<Image*>(image)->size = size;
  return grown;
}
herr_t image_free(void* data, H5FD_file_image_op_t operation, void* image) {
  if (operation == H5FD_FILE_IMAGE_OP_FILE_CLOSE)
    static_cast<Image*>(image)->data = data;
  else
    std::free(data);
  return 0;
}
void* same_user_data(void* image) { return image; }
herr_t keep_user_data(void*) { return 0; }

// The superblock (version 3) holds the end of the file at byte 28; the memory is a little longer.
std::size_t end_of_file(const Image& image) {
  constexpr std::size_t version_at = 8, end_at = 28;
  const auto* bytes = static_cast<const unsigned char*>(image.data);
  if (bytes == nullptr || image.size < end_at + 8 || bytes[version_at] != 3) return 0;
  std::uint64_t end = 0;
  for (std::size_t i = 8; i-- > 0;) end = end << 8 | bytes[end_at + i];
  return end <= image.size ? end : 0;
}

std::size_t product(const std::vector<hsize_t>& sizes) {
  std::size_t n = 1;
  for (const auto size : sizes) n *= size;
  return n;
}

}  // namespace

struct NetcdfBuilder::State {
  std::string name;
  Image image;
  Handle file;
  std::map<std::string, std::map<std::string, hsize_t>> dimensions;  // by group
  std::set<std::string> groups;
  std::int64_t n_dimensions = 0;

  ~State() {
    const Hdf5Guard guard;
    file = {};
    std::free(image.data);
  }

  template <class Body>
  auto guarded(const std::string& what, Body body) {
    const Hdf5Guard guard;
    try {
      return body();
    } catch (const Hdf5Error& error) {
      throw StopError(false, name + ": " + what + ": " + error.what());
    }
  }

  Handle open_group(const std::string& group) {
    if (group.empty()) return {H5Gopen2(file.get(), "/", H5P_DEFAULT), H5Gclose, "H5Gopen2"};
    if (groups.insert(group).second) {
      for (auto end = group.find('/');; end = group.find('/', end + 1)) {
        make_group(group.substr(0, end));
        if (end == std::string::npos) break;
      }
    }
    return {H5Gopen2(file.get(), group.c_str(), H5P_DEFAULT), H5Gclose, "H5Gopen2"};
  }

  void make_group(const std::string& path) {
    if (checked(H5Lexists(file.get(), path.c_str(), H5P_DEFAULT), "H5Lexists") > 0) return;
    const auto plist = new_property_list(H5P_GROUP_CREATE);
    constexpr unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    checked(H5Pset_link_creation_order(plist.get(), order), "H5Pset_link_creation_order");
    // Equal contents give equal bytes: no clock in object headers.
    checked(H5Pset_obj_track_times(plist.get(), 0), "H5Pset_obj_track_times");
    checked(H5Pset_attr_creation_order(plist.get(), order), "H5Pset_attr_creation_order");
    const Handle made(H5Gcreate2(file.get(), path.c_str(), H5P_DEFAULT, plist.get(), H5P_DEFAULT),
                      H5Gclose, "H5Gcreate2");
  }

  void write_attribute(hid_t object, const std::string& attribute, hid_t type,
                       const std::vector<hsize_t>& shape, const void* data) {
    const Handle space =
        shape.empty()
            ? Handle(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate")
            : Handle(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                     H5Sclose, "H5Screate_simple");
    const Handle made(
        H5Acreate2(object, attribute.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose, "H5Acreate2");
    checked(H5Awrite(made.get(), type, data), "H5Awrite");
  }

  void write_attributes(hid_t object, const Attributes& all) {
    for (const auto& [attribute, value] : all) {
      if (const auto* text = std::get_if<std::string>(&value)) {
        const auto stored = storable_text(*text);
        const auto type = text_type(std::max<std::size_t>(1, stored.size()));
        write_attribute(object, attribute, type.get(), {}, stored.c_str());
      } else if (const auto* number = std::get_if<double>(&value)) {
        write_attribute(object, attribute, H5T_IEEE_F64LE, {}, number);
      } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        write_attribute(object, attribute, H5T_STD_I64LE, {}, integer);
      } else {
        const auto& list = std::get<std::vector<double>>(value);
        write_attribute(object, attribute, H5T_IEEE_F64LE, {list.size()}, list.data());
      }
    }
  }

  Handle dataset_properties(const std::vector<hsize_t>& shape, std::size_t element) {
    auto chunk = shape;
    for (auto& size : chunk) size = std::max<hsize_t>(1, size);
    std::size_t row = element;
    for (std::size_t k = 1; k < chunk.size(); ++k) row *= chunk[k];
    chunk[0] = std::clamp<hsize_t>(chunk_bytes / row, 1, chunk[0]);
    auto plist = new_property_list(H5P_DATASET_CREATE);
    checked(H5Pset_chunk(plist.get(), static_cast<int>(chunk.size()), chunk.data()),
            "H5Pset_chunk");
    checked(H5Pset_shuffle(plist.get()), "H5Pset_shuffle");
    checked(H5Pset_deflate(plist.get(), deflate_level), "H5Pset_deflate");
    checked(H5Pset_fletcher32(plist.get()), "H5Pset_fletcher32");
    // Equal contents give equal bytes: no clock in object headers.
    checked(H5Pset_obj_track_times(plist.get(), 0), "H5Pset_obj_track_times");
    checked(H5Pset_attr_creation_order(plist.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
            "H5Pset_attr_creation_order");
    return plist;
  }

  Handle write_dataset(const std::string& group, const std::string& variable,
                       const std::vector<hsize_t>& shape, hid_t type, const void* data,
                       const Attributes& all) {
    const auto parent = open_group(group);
    // A fixed size of 0 could not hold a chunk.
    auto largest = shape;
    for (auto& size : largest) size = std::max<hsize_t>(1, size);
    const Handle space(
        H5Screate_simple(static_cast<int>(shape.size()), shape.data(), largest.data()), H5Sclose,
        "H5Screate_simple");
    const auto plist = dataset_properties(shape, H5Tget_size(type));
    Handle dataset(H5Dcreate2(parent.get(), variable.c_str(), type, space.get(), H5P_DEFAULT,
                              plist.get(), H5P_DEFAULT),
                   H5Dclose, "H5Dcreate2");
    if (product(shape) > 0)
      checked(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), "H5Dwrite");
    write_attributes(dataset.get(), all);
    return dataset;
  }

  Handle write_texts(const std::string& group, const std::string& variable,
                     const std::vector<hsize_t>& shape, const std::vector<std::string>& values,
                     Attributes all) {
    std::vector<std::string> stored;
    stored.reserve(values.size());
    // xarray joins texts of one byte along the last dimension, as netCDF-3's characters.
    std::size_t width = 2;
    for (const auto& value : values) {
      stored.push_back(storable_text(value));
      width = std::max(width, stored.back().size());
    }
    if (width > max_text_bytes / std::max<std::size_t>(1, stored.size()))
      throw StopError(false, name + ": " + group + "/" + variable + ": " +
                                 std::to_string(stored.size()) + " texts of up to " +
                                 std::to_string(width) +
                                 " bytes need more than 1 GiB, since "
                                 "stored texts have one length; shorten the longest");
    std::vector<char> flat(stored.size() * width, '\0');
    for (std::size_t k = 0; k < stored.size(); ++k)
      std::copy(stored[k].begin(), stored[k].end(),
                flat.begin() + static_cast<std::ptrdiff_t>(k * width));
    all.emplace_back("_Encoding", "utf-8");  // netCDF's word for: these bytes are text
    return write_dataset(group, variable, shape, text_type(width).get(), flat.data(), all);
  }

  void make_scale(const std::string& group, const std::string& dimension, hsize_t size,
                  const Handle& dataset) {
    checked(H5DSset_scale(dataset.get(), dimension.c_str()), "H5DSset_scale");
    const auto id = static_cast<std::int32_t>(n_dimensions++);
    write_attribute(dataset.get(), "_Netcdf4Dimid", H5T_STD_I32LE, {}, &id);
    dimensions[group][dimension] = size;
  }

  std::vector<hsize_t> shape_of(const std::string& group, const std::string& variable,
                                const std::vector<std::string>& over, std::size_t n_values) {
    std::vector<hsize_t> shape;
    for (const auto& dimension : over) {
      const auto found = dimensions[group].find(dimension);
      require(found != dimensions[group].end(),
              name + ": " + group + "/" + variable + ": unknown dimension " + dimension);
      shape.push_back(found->second);
    }
    require(!shape.empty() && product(shape) == n_values,
            name + ": " + group + "/" + variable + ": got " + std::to_string(n_values) +
                " values, its dimensions hold " + std::to_string(product(shape)));
    return shape;
  }

  void attach(const std::string& group, const std::vector<std::string>& over,
              const Handle& dataset) {
    for (unsigned k = 0; k < over.size(); ++k) {
      const auto scale = open_dataset(file.get(), (group.empty() ? "" : group + "/") + over[k]);
      checked(H5DSattach_scale(dataset.get(), scale.get(), k), "H5DSattach_scale");
    }
  }
};

NetcdfBuilder::NetcdfBuilder(std::string name) : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  state_->guarded("cannot be made", [this] {
    const auto access = new_property_list(H5P_FILE_ACCESS);
    constexpr std::size_t increment = 1 << 20;
    checked(H5Pset_fapl_core(access.get(), increment, 0), "H5Pset_fapl_core");
    checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110),
            "H5Pset_libver_bounds");
    checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), "H5Pset_fclose_degree");
    H5FD_file_image_callbacks_t callbacks{image_malloc,   image_memcpy,   image_realloc, image_free,
                                          same_user_data, keep_user_data, &state_->image};
    checked(H5Pset_file_image_callbacks(access.get(), &callbacks), "H5Pset_file_image_callbacks");
    const auto creation = new_property_list(H5P_FILE_CREATE);
    constexpr unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    checked(H5Pset_link_creation_order(creation.get(), order), "H5Pset_link_creation_order");
    // Equal contents give equal bytes: no clock in object headers.
    checked(H5Pset_obj_track_times(creation.get(), 0), "H5Pset_obj_track_times");
    checked(H5Pset_attr_creation_order(creation.get(), order), "H5Pset_attr_creation_order");
    // HDF5 first looks for a file of that name and would read it: no file can have this one.
    const auto unused = state_->name + "/in memory";
    state_->file = Handle(H5Fcreate(unused.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()),
                          H5Fclose, "H5Fcreate");
  });
}

NetcdfBuilder::~NetcdfBuilder() = default;

void NetcdfBuilder::attributes(const std::string& group, const Attributes& all) {
  state_->guarded(group, [&] {
    const auto object = state_->open_group(group);
    state_->write_attributes(object.get(), all);
  });
}

void NetcdfBuilder::dimension(const std::string& group, const std::string& name,
                              std::span<const double> coordinates, const Attributes& all) {
  state_->guarded(group + "/" + name, [&] {
    const auto dataset = state_->write_dataset(group, name, {coordinates.size()}, H5T_IEEE_F64LE,
                                               coordinates.data(), all);
    state_->make_scale(group, name, coordinates.size(), dataset);
  });
}

void NetcdfBuilder::dimension(const std::string& group, const std::string& name,
                              const std::vector<std::string>& labels, const Attributes& all) {
  state_->guarded(group + "/" + name, [&] {
    const auto dataset = state_->write_texts(group, name, {labels.size()}, labels, all);
    state_->make_scale(group, name, labels.size(), dataset);
  });
}

void NetcdfBuilder::variable(const std::string& group, const std::string& name,
                             const std::vector<std::string>& dimensions,
                             std::span<const double> values, const Attributes& all) {
  const auto shape = state_->shape_of(group, name, dimensions, values.size());
  state_->guarded(group + "/" + name, [&] {
    const auto dataset =
        state_->write_dataset(group, name, shape, H5T_IEEE_F64LE, values.data(), all);
    state_->attach(group, dimensions, dataset);
  });
}

void NetcdfBuilder::variable(const std::string& group, const std::string& name,
                             const std::vector<std::string>& dimensions,
                             const std::vector<std::string>& values, const Attributes& all) {
  const auto shape = state_->shape_of(group, name, dimensions, values.size());
  state_->guarded(group + "/" + name, [&] {
    const auto dataset = state_->write_texts(group, name, shape, values, all);
    state_->attach(group, dimensions, dataset);
  });
}

std::string NetcdfBuilder::close() {
  return state_->guarded("cannot be finished", [this] {
    state_->file.close("H5Fclose");
    const auto size = end_of_file(state_->image);
    if (size == 0) throw Hdf5Error("H5Fclose left no whole file in memory");
    std::string bytes(static_cast<const char*>(state_->image.data), size);
    std::free(std::exchange(state_->image.data, nullptr));
    return bytes;
  });
}

}  // namespace attnsweep::archive
