pub struct CanonFactory;
