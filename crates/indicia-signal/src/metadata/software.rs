//! What names of programs, makers and colour profiles in metadata stand for. Facts about products, in data.

/// What sort of program a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Changes pictures.
    Editor,
    /// Develops raw files and adjusts photographs.
    RawDeveloper,
    /// Manages, converts or serves pictures, often without a person looking at them.
    Library,
    /// Writes XMP blocks for cameras, phones and editors alike.
    Toolkit,
    /// Changes metadata only.
    MetadataTool,
    /// Takes pictures of the screen.
    ScreenCapture,
    /// Draws graphs or renders scenes.
    Renderer,
    /// Drives a scanner.
    Scanner,
    /// Makes pictures from text or from other pictures with a trained model.
    Generator,
}

impl Sort {
    /// The sort in words.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Editor => "picture editor",
            Self::RawDeveloper => "raw developer",
            Self::Library => "library or converter",
            Self::Toolkit => "XMP toolkit",
            Self::MetadataTool => "metadata tool",
            Self::ScreenCapture => "screen capture",
            Self::Renderer => "plotting or rendering program",
            Self::Scanner => "scanner software",
            Self::Generator => "image generator",
        }
    }
}

/// Words that a name holds, in lower case, and the product. The first that fits is taken, so that longer
/// and more special words stand before others.
const PROGRAMS: &[(&str, &str, Sort)] = &[
    // Generators.
    ("stable diffusion", "Stable Diffusion", Sort::Generator),
    ("stable-diffusion", "Stable Diffusion", Sort::Generator),
    ("automatic1111", "Stable Diffusion web UI", Sort::Generator),
    ("comfyui", "ComfyUI", Sort::Generator),
    ("invokeai", "InvokeAI", Sort::Generator),
    ("invoke ai", "InvokeAI", Sort::Generator),
    ("novelai", "NovelAI", Sort::Generator),
    ("fooocus", "Fooocus", Sort::Generator),
    ("draw things", "Draw Things", Sort::Generator),
    ("diffusionbee", "DiffusionBee", Sort::Generator),
    ("midjourney", "Midjourney", Sort::Generator),
    ("dall-e", "DALL-E", Sort::Generator),
    ("dall·e", "DALL-E", Sort::Generator),
    ("dalle", "DALL-E", Sort::Generator),
    ("openai", "OpenAI", Sort::Generator),
    ("chatgpt", "ChatGPT", Sort::Generator),
    ("gpt-4o", "GPT-4o", Sort::Generator),
    ("adobe firefly", "Adobe Firefly", Sort::Generator),
    ("adobe_firefly", "Adobe Firefly", Sort::Generator),
    ("made with google ai", "Google AI", Sort::Generator),
    ("imagen", "Imagen", Sort::Generator),
    ("bing image creator", "Bing Image Creator", Sort::Generator),
    ("image creator from designer", "Microsoft Designer", Sort::Generator),
    ("leonardo.ai", "Leonardo.Ai", Sort::Generator),
    ("leonardo ai", "Leonardo.Ai", Sort::Generator),
    ("ideogram", "Ideogram", Sort::Generator),
    ("dreamstudio", "DreamStudio", Sort::Generator),
    ("recraft", "Recraft", Sort::Generator),
    ("black forest labs", "FLUX", Sort::Generator),
    ("artbreeder", "Artbreeder", Sort::Generator),
    ("starryai", "starryai", Sort::Generator),
    ("nightcafe", "NightCafe", Sort::Generator),
    // Raw developers before editors: "Adobe Photoshop Lightroom" holds both names.
    ("lightroom", "Adobe Lightroom", Sort::RawDeveloper),
    ("camera raw", "Adobe Camera Raw", Sort::RawDeveloper),
    ("capture one", "Capture One", Sort::RawDeveloper),
    ("captureone", "Capture One", Sort::RawDeveloper),
    ("darktable", "darktable", Sort::RawDeveloper),
    ("rawtherapee", "RawTherapee", Sort::RawDeveloper),
    ("dxo", "DxO", Sort::RawDeveloper),
    ("digital photo professional", "Canon Digital Photo Professional", Sort::RawDeveloper),
    ("capture nx", "Nikon Capture NX", Sort::RawDeveloper),
    ("nx studio", "Nikon NX Studio", Sort::RawDeveloper),
    ("viewnx", "Nikon ViewNX", Sort::RawDeveloper),
    ("silkypix", "SILKYPIX", Sort::RawDeveloper),
    ("imaging edge", "Sony Imaging Edge", Sort::RawDeveloper),
    ("olympus viewer", "OLYMPUS Viewer", Sort::RawDeveloper),
    ("om workspace", "OM Workspace", Sort::RawDeveloper),
    ("exposure x", "Exposure", Sort::RawDeveloper),
    ("on1", "ON1", Sort::RawDeveloper),
    ("ufraw", "UFRaw", Sort::RawDeveloper),
    ("dcraw", "dcraw", Sort::RawDeveloper),
    ("aperture", "Apple Aperture", Sort::RawDeveloper),
    // Editors.
    ("photoshop", "Adobe Photoshop", Sort::Editor),
    ("gimp", "GIMP", Sort::Editor),
    ("affinity", "Affinity Photo", Sort::Editor),
    ("pixelmator", "Pixelmator", Sort::Editor),
    ("snapseed", "Snapseed", Sort::Editor),
    ("picsart", "Picsart", Sort::Editor),
    ("vsco", "VSCO", Sort::Editor),
    ("facetune", "Facetune", Sort::Editor),
    ("faceapp", "FaceApp", Sort::Editor),
    ("meitu", "Meitu", Sort::Editor),
    ("beautyplus", "BeautyPlus", Sort::Editor),
    ("b612", "B612", Sort::Editor),
    ("snow corp", "SNOW", Sort::Editor),
    ("photoroom", "PhotoRoom", Sort::Editor),
    ("canva", "Canva", Sort::Editor),
    ("polarr", "Polarr", Sort::Editor),
    ("luminar", "Luminar", Sort::Editor),
    ("topaz", "Topaz Labs", Sort::Editor),
    ("remini", "Remini", Sort::Editor),
    ("photopea", "Photopea", Sort::Editor),
    ("pixlr", "Pixlr", Sort::Editor),
    ("fotor", "Fotor", Sort::Editor),
    ("befunky", "BeFunky", Sort::Editor),
    ("photoscape", "PhotoScape", Sort::Editor),
    ("paint shop pro", "PaintShop Pro", Sort::Editor),
    ("paintshop pro", "PaintShop Pro", Sort::Editor),
    ("corel photo-paint", "Corel PHOTO-PAINT", Sort::Editor),
    ("coreldraw", "CorelDRAW", Sort::Editor),
    ("paint.net", "Paint.NET", Sort::Editor),
    ("krita", "Krita", Sort::Editor),
    ("procreate", "Procreate", Sort::Editor),
    ("clip studio", "Clip Studio Paint", Sort::Editor),
    ("adobe illustrator", "Adobe Illustrator", Sort::Editor),
    ("adobe indesign", "Adobe InDesign", Sort::Editor),
    ("inkscape", "Inkscape", Sort::Editor),
    ("acdsee", "ACDSee", Sort::Editor),
    ("acd systems", "ACDSee", Sort::Editor),
    ("photofiltre", "PhotoFiltre", Sort::Editor),
    ("photo editor", "a photo editor", Sort::Editor),
    ("microsoft windows photo", "Microsoft Photos", Sort::Editor),
    ("microsoft photo", "Microsoft Photos", Sort::Editor),
    ("windows photo", "Microsoft Photos", Sort::Editor),
    ("microsoft office picture manager", "Microsoft Picture Manager", Sort::Editor),
    ("paint", "a painting program", Sort::Editor),
    // Screen capture and rendering.
    ("screenshot", "a screen capture program", Sort::ScreenCapture),
    ("snipping tool", "Snipping Tool", Sort::ScreenCapture),
    ("greenshot", "Greenshot", Sort::ScreenCapture),
    ("snagit", "Snagit", Sort::ScreenCapture),
    ("matplotlib", "Matplotlib", Sort::Renderer),
    ("blender", "Blender", Sort::Renderer),
    ("gnuplot", "gnuplot", Sort::Renderer),
    ("matlab", "MATLAB", Sort::Renderer),
    // Scanners.
    ("epson scan", "EPSON Scan", Sort::Scanner),
    ("vuescan", "VueScan", Sort::Scanner),
    ("silverfast", "SilverFast", Sort::Scanner),
    ("camscanner", "CamScanner", Sort::Scanner),
    // Tools for metadata.
    ("exiftool", "ExifTool", Sort::MetadataTool),
    ("exiv2", "Exiv2", Sort::MetadataTool),
    ("photo mechanic", "Photo Mechanic", Sort::MetadataTool),
    ("geosetter", "GeoSetter", Sort::MetadataTool),
    // Libraries, converters, viewers, services.
    ("imagemagick", "ImageMagick", Sort::Library),
    ("graphicsmagick", "GraphicsMagick", Sort::Library),
    ("gd-jpeg", "GD (PHP)", Sort::Library),
    ("lavc", "FFmpeg", Sort::Library),
    ("ffmpeg", "FFmpeg", Sort::Library),
    ("libvips", "libvips", Sort::Library),
    ("opencv", "OpenCV", Sort::Library),
    ("pillow", "Pillow", Sort::Library),
    ("pil ", "Pillow", Sort::Library),
    ("lead technologies", "LEADTOOLS", Sort::Library),
    ("imageready", "Adobe ImageReady", Sort::Library),
    ("adobe bridge", "Adobe Bridge", Sort::Library),
    ("adobe xmp core", "Adobe XMP toolkit", Sort::Toolkit),
    ("xmp core", "XMP toolkit", Sort::Toolkit),
    ("jpegmini", "JPEGmini", Sort::Library),
    ("irfanview", "IrfanView", Sort::Library),
    ("xnview", "XnView", Sort::Library),
    ("picasa", "Picasa", Sort::Library),
    ("google", "a Google program", Sort::Library),
    ("digikam", "digiKam", Sort::Library),
    ("shotwell", "Shotwell", Sort::Library),
    ("faststone", "FastStone", Sort::Library),
    ("instagram", "Instagram", Sort::Library),
    ("ebay", "eBay", Sort::Library),
    ("handmade software", "Image Alchemy", Sort::Library),
    ("intel(r) jpeg library", "Intel JPEG Library", Sort::Library),
    ("quicktime", "QuickTime", Sort::Library),
];

/// The product that a name stands for and its sort; `None` if it is not in the table, as for most firmware.
pub fn recognise(name: &str) -> Option<(&'static str, Sort)> {
    let name = name.to_lowercase();
    PROGRAMS.iter().find(|(words, ..)| holds(&name, words)).map(|&(_, product, sort)| (product, sort))
}

/// True if `name` holds `words` and no letter stands before them, so that `on1` is not found in `version1`.
fn holds(name: &str, words: &str) -> bool {
    name.match_indices(words).any(|(at, _)| {
        let before = name[..at].chars().next_back();
        let after = name[at + words.len()..].chars().next();
        let starts_word = before.is_none_or(|c| !c.is_alphanumeric());
        // Short words must stand alone on both sides.
        let ends_word = words.len() > 5 || after.is_none_or(|c| !c.is_alphabetic());
        starts_word && ends_word
    })
}

/// Beginnings of model names, in lower case, that belong to one maker, and a word of that maker's name.
const MODELS: &[(&str, &str)] = &[
    ("iphone", "apple"),
    ("ipad", "apple"),
    ("ipod", "apple"),
    ("canon ", "canon"),
    ("nikon ", "nikon"),
    ("coolpix", "nikon"),
    ("sm-", "samsung"),
    ("gt-i", "samsung"),
    ("ilce-", "sony"),
    ("dslr-a", "sony"),
    ("dsc-", "sony"),
    ("slt-", "sony"),
    ("finepix", "fuji"),
    ("dmc-", "panasonic"),
    ("dc-g", "panasonic"),
    ("pixel ", "google"),
    ("e-m", "olympus"),
    ("pentax", "pentax|ricoh"),
    ("huawei", "huawei"),
    ("oneplus", "oneplus"),
    ("leica", "leica"),
];

/// The maker that a model's name belongs to, if another maker is named: `iPhone` with the maker `Canon`.
pub fn other_maker(make: &str, model: &str) -> Option<&'static str> {
    let (make, model) = (make.to_lowercase(), model.trim().to_lowercase());
    let (_, makers) = MODELS.iter().find(|(start, _)| model.starts_with(start))?;
    (!makers.split('|').any(|maker| make.contains(maker))).then(|| makers.split('|').next().unwrap_or(makers))
}

/// Beginnings of maker notes that name their maker, and words of makers that write them.
const NOTES: &[(&str, &str)] = &[
    ("Nikon", "nikon"),
    ("Apple iOS", "apple"),
    ("FUJIFILM", "fuji"),
    ("Panasonic", "panasonic|leica"),
    ("SONY", "sony|hasselblad"),
    ("OLYMP", "olympus"),
    ("OM SYSTEM", "om digital"),
    ("SIGMA", "sigma"),
    ("FOVEON", "sigma"),
    ("LEICA", "leica|panasonic"),
    ("PENTAX", "pentax|ricoh"),
    ("KDK", "kodak"),
    ("QVC", "casio"),
];

/// The maker that a maker note names, if the maker field names another.
pub fn other_note(make: &str, signature: &str) -> Option<&'static str> {
    let make = make.to_lowercase();
    let (_, makers) = NOTES.iter().find(|(start, _)| signature.starts_with(start))?;
    (!makers.split('|').any(|maker| make.contains(maker))).then(|| makers.split('|').next().unwrap_or(makers))
}

/// IPTC digital source types (the last part of their address): in words, and whether they say that a
/// trained model made the picture or parts of it.
pub fn source_type(value: &str) -> Option<(&'static str, bool)> {
    let word = value.rsplit(['/', ':']).next().unwrap_or(value);
    let found = match word {
        "trainedAlgorithmicMedia" => ("made by a trained model", true),
        "compositeWithTrainedAlgorithmicMedia" => ("a composite with parts made by a trained model", true),
        "compositeSynthetic" => ("a composite with synthetic parts", false),
        "algorithmicMedia" => ("made by an algorithm without training data", false),
        "algorithmicallyEnhanced" => ("enhanced by an algorithm", false),
        "dataDrivenMedia" => ("drawn from data", false),
        "digitalArt" | "digitalCreation" => ("drawn by a person with digital tools", false),
        "virtualRecording" => ("a recording of a virtual scene", false),
        "screenCapture" => ("a capture of a screen", false),
        "composite" => ("a composite", false),
        "compositeCapture" => ("a composite of several photographs", false),
        "humanEdits" => ("edited by a person", false),
        "minorHumanEdits" => ("edited by a person in small ways", false),
        "digitalCapture" => ("taken by a digital camera", false),
        "computationalCapture" => ("taken by a camera that merges several exposures", false),
        "negativeFilm" => ("digitised from negative film", false),
        "positiveFilm" => ("digitised from positive film", false),
        "print" => ("digitised from a print", false),
        "softwareImage" => ("made with software", false),
        _ => return None,
    };
    Some(found)
}

/// Descriptions of colour profiles that are not a camera's usual ones, and what writes them.
pub fn profile_remark(description: &str) -> Option<&'static str> {
    let lower = description.to_lowercase();
    let remark = match lower.as_str() {
        "c2" | "c2ci" => "a shortened sRGB that social networks write",
        "urgb" => "a shortened sRGB that image services write",
        _ if lower.contains("prophoto") || lower.contains("romm") => "a working space of raw developers",
        _ if lower.contains("swop") || lower.contains("fogra") => "a printing process",
        _ => return None,
    };
    Some(remark)
}
