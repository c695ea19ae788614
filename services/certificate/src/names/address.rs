//! Addresses of the internet and the networks they lie in.

/// A network as a constraint names it: an address and a mask.
#[derive(Debug, Clone)]
pub(super) struct Network {
    address: Vec<u8>,
    mask: Vec<u8>,
}

impl Network {
    /// 8 octets for IPv4 or 32 for IPv6, the mask in CIDR style.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 8 && bytes.len() != 32 {
            return None;
        }
        let (address, mask) = bytes.split_at(bytes.len() / 2);
        let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).sum();
        let all: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
        let leading = mask
            .iter()
            .position(|byte| *byte != 0xFF)
            .is_none_or(|first| mask.iter().skip(first + 1).all(|byte| *byte == 0));
        (ones == all && leading).then(|| Self {
            address: address.to_vec(),
            mask: mask.to_vec(),
        })
    }

    /// Whether the address lies inside; `None` where it is no address.
    pub(super) fn has(&self, address: &[u8]) -> Option<bool> {
        if address.len() != 4 && address.len() != 16 {
            return None;
        }
        let mut bytes = self.address.iter().zip(&self.mask).zip(address);
        Some(
            address.len() == self.address.len()
                && bytes.all(|((network, mask), byte)| network & mask == byte & mask),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_an_address_and_a_cidr_mask() {
        let network = Network::new(&[192, 0, 2, 0, 255, 255, 255, 0]).unwrap();
        assert_eq!(network.has(&[192, 0, 2, 7]), Some(true));
        assert_eq!(network.has(&[192, 0, 3, 7]), Some(false));
        assert_eq!(network.has(&[0; 16]), Some(false));
        assert_eq!(network.has(&[192, 0, 2, 0, 255, 255, 255, 0]), None);
        for bad in [
            &[127, 0, 0, 1][..],
            &[0; 16],
            &[1, 1, 1, 1, 255, 0, 255, 0],
            &[1, 1, 1, 1, 0, 255, 0, 0],
            &[1, 1, 1, 1, 5, 0, 0, 0],
        ] {
            assert!(Network::new(bad).is_none(), "{bad:?}");
        }
        assert_eq!(Network::new(&[0; 8]).unwrap().has(&[9, 9, 9, 9]), Some(true));
    }
}
